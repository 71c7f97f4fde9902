"""A publisher's own figure, out of headers and GitHub's descriptions."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

import pytest

from workbench.downloads import urls
from workbench.published import Figure, github_question, in_headers, in_release

SHA = "0123456789abcdef" * 4
URL = "https://huggingface.co/o/r/resolve/main/a.onnx"


@pytest.mark.parametrize("sent", [f'"{SHA}"', SHA, f'W/"{SHA}"', f' "{SHA.upper()}" '])
def test_the_header_of_a_large_file_is_its_sha256(sent):
    figure = in_headers({"X-Linked-ETag": sent}, URL)
    assert figure == Figure(SHA, "huggingface.co's own SHA-256 of it")


@pytest.mark.parametrize("sent", ["", '"5f3a"', f'"{SHA}0"', f'"g{SHA[1:]}"'])
def test_a_tag_of_another_make_is_none(sent):
    assert in_headers({"X-Linked-ETag": sent}, URL) is None
    assert in_headers({"ETag": f'"{SHA}"'}, URL) is None  # says nothing about the bytes


def test_githubs_question_is_asked_of_release_assets_alone():
    url = "https://github.com/o/r/releases/download/v0.0.0/a-b_1.onnx"
    address = "https://api.github.com/repos/o/r/releases/tags/v0.0.0"
    assert github_question(url) == (address, "a-b_1.onnx")
    for other in (URL, "https://github.com/o/r/raw/x/a.onnx", url.replace("https", "http")):
        assert github_question(other) is None


def test_a_digest_is_found_by_the_assets_name():
    assets = [
        {"name": "b", "digest": "sha256:" + "f" * 64},
        {"name": "a", "digest": f"sha256:{SHA}"},
    ]
    text = json.dumps({"assets": assets})
    assert in_release(text, "a") == Figure(SHA, "GitHub's own SHA-256 of it")
    assert in_release(text, "c") is None


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"assets": 1}', '{"assets": [1]}', '{"assets": [{"digest": "x"}]}',
     '{"assets": [{"name": "a"}]}', '{"assets": [{"name": "a", "digest": null}]}',
     '{"assets": [{"name": "a", "digest": "md5:00"}]}'],
)  # fmt: skip
def test_a_description_that_says_nothing_is_no_figure(text):
    assert in_release(text, "a") is None


def test_a_redirect_from_https_to_http_is_not_followed():
    follow = urls._Redirects("https://there.example/a")
    request = urllib.request.Request("https://there.example/a")
    with pytest.raises(urllib.error.URLError, match="https"):
        follow.redirect_request(request, None, 302, "Found", {}, "http://there.example/a")
    assert (
        follow.redirect_request(request, None, 302, "Found", {}, "https://x.example/a") is not None
    )


def test_only_the_publisher_itself_speaks_for_the_publisher():
    follow = urls._Redirects(URL)
    store, said = urllib.request.Request("https://store.example/a"), {"X-Linked-ETag": SHA}
    follow.redirect_request(store, None, 302, "Found", said, "https://y.example/a")
    assert follow.figure is None
    # A repository that was renamed: sent on to its new name first.
    named, renamed = urllib.request.Request(URL), URL.replace("/o/", "/n/")
    follow.redirect_request(named, None, 307, "Temporary", {}, renamed)
    request = urllib.request.Request(renamed)
    follow.redirect_request(request, None, 302, "Found", said, "https://store.example/a")
    assert follow.figure is not None and follow.figure.sha256 == SHA
