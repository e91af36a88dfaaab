import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapi_common.provider.callback import Callback, Received, Rejected
from provider_mailgun import callbacks, routes

B = "xYzZY"
MEDIA = f"multipart/form-data; boundary={B}"
DISPOSITION = 'Content-Disposition: form-data; name="{}"'


def posted(body: bytes, media: str = MEDIA) -> Callback:
    return Callback("POST", "https://hooks.example.org/c", {"content-type": media}, body, {}, 0.0)


def part(head: str, content: str | bytes) -> bytes:
    raw = content.encode() if isinstance(content, str) else content
    return f"--{B}\r\n{head}\r\n\r\n".encode() + raw + b"\r\n"


def field(name: str, content: str | bytes) -> bytes:
    return part(DISPOSITION.format(name), content)


def form(*parts: bytes, end: bytes = f"--{B}--\r\n".encode()) -> bytes:
    return b"".join(parts) + end


MAIL = (field("sender", "b@example.net"), field("recipient", "hello@example.org"))


def text_of(*parts: bytes) -> str:
    read = callbacks.read(posted(form(*MAIL, *parts)))
    assert isinstance(read, Received)
    return read.inbound[0].text


def test_texts_are_read_and_files_are_left_out() -> None:
    file = part(DISPOSITION.format("attachment-1") + '; filename="a.txt"\r\nContent-Type: text/plain', b"\xff\x00")
    fields = routes.fields(posted(form(field("subject", "Re: ü"), file, field("body-plain", "a\r\n\r\nb\r\n"))))
    assert fields == {"subject": "Re: ü", "body-plain": "a\r\n\r\nb\r\n"}


def test_a_mail_within_a_mail_is_not_opened() -> None:
    nested = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(20_000))
    head = DISPOSITION.format("attachment-1") + "; filename=a.eml\r\nContent-Type: multipart/mixed; boundary=b0"
    assert text_of(part(head, nested), field("stripped-text", "hi")) == "hi"


def test_what_follows_the_end_is_not_read() -> None:
    after = b"\r\n" + field("sender", "x@example.net")
    fields = routes.fields(posted(form(*MAIL) + after))
    assert fields["sender"] == "b@example.net"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--",
        f"--{B}".encode(),
        f"--{B}\r\n".encode(),
        f"--{B}\r\n{DISPOSITION.format('sender')}".encode(),
        f"--{B}\r\n\r\nx\r\n--{B}--".encode(),
        part("Content-Disposition: form-data", "x"),
        part("Content-Disposition: form-data; name*=utf-8''sender", "x"),
        part("X: " + "y" * 100_000 + "\r\n" + DISPOSITION.format("sender"), "x"),
    ],
)
def test_what_is_no_field_is_none(body: bytes) -> None:
    assert routes.fields(posted(body)) == {}


@pytest.mark.parametrize(
    "media", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\udcff"]
)
def test_a_form_without_a_boundary_has_no_fields(media: str) -> None:
    assert routes.fields(posted(form(*MAIL), media)) == {}


def test_long_texts_are_cut_in_whole_characters_and_so_is_the_reply() -> None:
    body = form(*MAIL, field("stripped-text", "ü" * 40_000), *(field(f"f{n}", "x" * 70_000) for n in range(20)))
    read = callbacks.read(posted(body))
    assert isinstance(read, Received)
    assert read.inbound[0].text == "ü" * 32_768
    assert sum(len(str(value).encode()) for value in read.inbound[0].reply.values()) <= 512 * 1024


def test_its_id_is_the_mail_s_own_and_of_each_recipient() -> None:
    fields = {"sender": "b@example.net", "recipient": "r@example.org", "token": "t"}
    headers = {"message-headers": '[["Subject","x"],["MESSAGE-ID","<m1@example.net>"]]'}
    ids = [
        routes.received({**fields, **more}).inbound[0].id
        for more in (headers, {"Message-Id": "<m1@example.net>"}, {**headers, "token": "u"})
    ]
    assert len(set(ids)) == 1
    assert routes.received({**fields, **headers, "recipient": "s@example.org"}).inbound[0].id != ids[0]


@pytest.mark.parametrize("headers", ["", "{", "7", "[7]", '[["a"]]', "null", '{"a":1}'])
def test_a_mail_without_an_id_has_the_post_s(headers: str) -> None:
    fields = {"sender": "b@example.net", "recipient": "r@example.org", "token": "t", "message-headers": headers}
    assert routes.received(fields).inbound[0].id == "t b@example.net r@example.org"


def test_the_proof_is_not_in_the_reply() -> None:
    proof = {"timestamp": "1", "token": "t", "signature": "s"}
    (mail,) = routes.received({"sender": "b@example.net", "recipient": "r@example.org", **proof}).inbound
    assert mail.reply == {"sender": "b@example.net", "recipient": "r@example.org"}


@pytest.mark.parametrize("body", [f"--{B}\r\n".encode() * 1_000_000, b"x" * 20_000_000, b"\r\n" * 10_000_000])
def test_a_large_body_takes_no_long_while(body: bytes) -> None:
    begun = time.perf_counter()
    routes.fields(posted(body))
    assert time.perf_counter() - begun < 2


@given(body=st.binary(max_size=400), media=st.sampled_from([MEDIA, "application/json", "", "text/xml"]))
def test_whatever_comes_is_read_or_rejected(body: bytes, media: str) -> None:
    assert isinstance(callbacks.read(posted(body, media)), Received | Rejected)


@given(head=st.binary(max_size=200), content=st.binary(max_size=50), boundary=st.binary(min_size=1, max_size=40))
def test_whatever_a_part_s_headers_hold_they_are_read(head: bytes, content: bytes, boundary: bytes) -> None:
    body = b"--" + B.encode() + b"\r\nContent-Disposition: form-data" + head + b"\r\n\r\n" + content
    assert isinstance(callbacks.read(posted(body)), Received | Rejected)
    media = "multipart/form-data; boundary=" + boundary.decode("utf-8", "surrogateescape")
    assert isinstance(callbacks.read(posted(b"--" + boundary + body, media)), Received | Rejected)
