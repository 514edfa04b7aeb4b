"""B-138: which addresses are of the open internet, as far as they tell by themselves."""

import pytest

from channels.targets import is_public, usable

HOME = [
    "64:ff9b:1::a9fe:a9fe", "64:ff9b::a00:1", "fec0::1", "::127.0.0.1", "::ffff:0:7f00:1", "::ffff:10.0.0.1", "::1",
    "::", "::ffff:169.254.169.254", "2002:a00:1::1", "2001:0:a00:1::1", "2001:db8::1", "2001:10::1", "2001:20::1",
    "2001:2::1", "3fff::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "ff0e::1", "100::1",
    "4000::1", "5f00::1", "10.0.0.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "0.0.0.0",
]  # fmt: skip
OPEN = [
    "2400:3200::1", "2001:4860:4860::8888", "2606:4700:4700::1111", "2001:200::1", "2620:fe::fe", "2003::1",
    "::ffff:93.184.216.34", "93.184.216.34", "223.5.5.5",
]  # fmt: skip


@pytest.mark.parametrize("address", HOME)
def test_b_138_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)
    assert not usable(f"https://[{address}]/" if ":" in address else f"https://{address}/", private=False)


@pytest.mark.parametrize("address", OPEN)
def test_b_138_addresses_of_the_open_internet(address: str) -> None:
    assert is_public(address)
    assert usable(f"https://[{address}]/" if ":" in address else f"https://{address}/", private=False)
