"""A look at the running demo from outside, by HTTP like anybody else."""

import re
import time

import requests

from commands.demo_accounts import Account

HEARD_SECONDS = 8  # for the first feedback to arrive
LOOK = 0.2
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_WAITING = re.compile(r'data-waiting="([0-9]+)"')


class NotAsExpected(Exception):
    """A page that is not what it should be; says which."""


def is_up(url: str) -> bool:
    """Whether somebody answers 200 there."""
    try:
        return _caller().get(url, timeout=5).status_code == 200
    except requests.RequestException:
        return False


def visit(url: str, station: Account, listener: str) -> str:
    """Log in as the station, look at its desk and at what the make-believe CRM heard; a line to say. NotAsExpected."""
    browser = _caller()
    token = _TOKEN.search(_page(browser, f"{url}/login"))
    if token is None:
        raise NotAsExpected(f"{url}/login: 没有登录表单 / no form")
    form = {"login": station.login, "password": station.password, "csrf_token": token[1]}
    answer = browser.post(f"{url}/login", data=form, allow_redirects=False, timeout=10)
    if answer.status_code != 303:
        raise NotAsExpected(f"{url}/login: {answer.status_code}，登录失败 / log-in refused")
    desk = _WAITING.search(_page(browser, f"{url}/desk"))
    if desk is None:
        raise NotAsExpected(f"{url}/desk: 不是接单台 / not the order desk")
    return f"ok: 登录页 login, 接单台 desk {desk[1]} 待接 waiting, 渠道已收反馈 feedback heard {_heard(listener)}"


def _heard(listener: str) -> int:
    """How many messages the CRM heard; waits a while for the first."""
    until = time.monotonic() + HEARD_SECONDS
    while True:
        heard: int = _caller().get(listener, timeout=5).json()["heard"]
        if heard or time.monotonic() > until:
            return heard
        time.sleep(LOOK)


def _page(browser: requests.Session, url: str) -> str:
    answer = browser.get(url, allow_redirects=False, timeout=10)
    if answer.status_code != 200:
        raise NotAsExpected(f"{url}: {answer.status_code}")
    return answer.text


def _caller() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # loopback: no proxy of this machine
    return session
