"""Writes the document to the file that is named."""

import sys
from pathlib import Path

from api_gateway.app import ROUTES
from api_gateway.openapi.document import written

if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(written(ROUTES))
