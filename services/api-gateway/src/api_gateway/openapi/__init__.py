"""The public contract as OpenAPI 3.1, and the page that shows it and lets one try it.

    app.ROUTES + operations.py (what each route is) + requests' models + answers.py + errors.CODES → document.py

A new route needs an entry in operations.py; `python -m api_gateway.openapi docs/openapi.json` writes the document."""
