"""The configuration in docs/moving-from-python.md; its steps are done in tests/interop/test_moving.py."""
import re

import pytest

import nginx
from markdown import ROOT, blocks_of

PAGE = ROOT / "docs" / "moving-from-python.md"
CONFIGURATION = next(block.text for block in blocks_of(PAGE) if block.language == "nginx")


def test_the_configuration_of_nginx(tmp_path, check):
    text = re.sub(r"listen 443 ssl;", "listen 127.0.0.1:8443;", CONFIGURATION)
    text = re.sub(r"^ *ssl_certificate.*\n", "", text, flags=re.M)
    check(nginx.write_around(tmp_path, text))


@pytest.mark.parametrize("path, server", [
    ("/oauth/callback", "python"), ("/mcp", "python"), ("/.well-known/oauth-authorization-server", "python"),
    ("/", "python"), ("/0123456789abcdef0123456789abcdef", "c"),
    ("/0123456789abcdef0123456789abcdef/properties/a", "c"), ("/0123456789abcdef0123456789abcdef/www", "python"),
    ("/8123456789abcdef0123456789abcdef", "python")])
def test_where_requests_go(path, server):
    """nginx takes the first expression that matches."""
    rules = re.findall(r'^ +"?~([^\s"]+)"? +(\w+);', CONFIGURATION, flags=re.M)
    assert len(rules) == 3
    assert next((to for pattern, to in rules if re.search(pattern, path)), "python") == server
