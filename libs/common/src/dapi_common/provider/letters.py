"""From a send to the message that an adapter gets: with the account's credentials of now, opened, and where the vendor
reaches us about it."""

from dataclasses import dataclass
from typing import NamedTuple

from dapi_common.events.sends import SendRequested
from dapi_common.provider.adapter import Message
from dapi_common.provider.addresses import Addresses
from dapi_common.provider.directory import Directory
from dapi_common.secrets import Unreadable, Vault


class Letter(NamedTuple):
    """A message, and the ciphertext of its credentials."""

    message: Message
    credentials: str


@dataclass(frozen=True, slots=True)
class Letters:
    """Of one provider."""

    vault: Vault
    addresses: Addresses
    directory: Directory

    def write(self, send: SendRequested) -> Letter | None:
        """None when the stored credentials cannot be opened with this installation's key."""
        sealed = self.directory.newest(send)
        try:
            credentials = self.vault.unseal(sealed)
        except Unreadable:
            return None
        hooks = self.addresses.hooks(send)
        return Letter(Message(send.message_id, send.channel, send.arguments, credentials, hooks), sealed)
