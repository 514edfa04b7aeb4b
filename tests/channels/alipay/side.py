"""Alipay's side, made with python-alipay-sdk, and the vectors of CHANNELS section 4.3 and appendix A."""

import base64
import hashlib
import json
import math
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

from alipay import AliPay  # type: ignore[import-untyped]
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from basics.refusal import Refusal
from channels.adapter import Answer, Credential, Knock, Opened, Outgoing
from channels.registry import ADAPTERS
from tests.channels.talk import NOW

ALIPAY = ADAPTERS["alipay"]
APP_ID = "2026000000000001"
SPKI_SHA256 = "c309875619baa398e4f69412226fd537ff844292ac379888734306040313d4c5"
FORM = "application/x-www-form-urlencoded"

BIZ_CONTENT = (
    '{"order_no":"ali2026112200000017","logis_merch_code":"HTKY","product_type_code":"STANDARD",'
    '"create_time":"2026-11-22 12:00:00","appoint_start_time":"2026-11-23 09:00:00",'
    '"appoint_end_time":"2026-11-23 11:00:00","sender_name":"王小二","sender_mobile":"13800138000",'
    '"sender_area_code":"330110","sender_address":"五常街道文一西路969号3号楼","receiver_name":"李雷",'
    '"receiver_mobile":"13900139000","receiver_area_code":"310118","receiver_address":"华徐公路3029弄28号",'
    '"goods_name":"文件","goods_weight":1000,"remark":"请提前电话"}'
)
NOTIFY_CONTENT = (
    f"app_id=2026000000000001&biz_content={BIZ_CONTENT}"
    "&charset=utf-8&msg_method=q9.express.order.create&notify_id=20261122demo0001"
    "&utc_timestamp=1795320000000&version=1.1"
)
NOTIFY_SIGN = (
    "gSz/c5g3Mg8ETe6ABwe3WI2luOfvSrnk0kvEerxvuW8I1ci4OrrUGNKtH0aZ6A4ExCY9H+Fca59YBLBMKSD1AIyzSwoqaBtLG30esyP39ozdvSqI"
    "DbBdprFpSOJjLq2bG+k+0pOu39arF4yztO8dQawczdssCGN+oHECmgmoVh0Q6NVST4yCWhpz1d+G35o9wXcn3yALz9y8PB3cXvCfbBNfCm9rRbf5"
    "MBtkuxQpTNGkkAOFEcUUgDHNszDENoklleo+PWxooK+4J3qxfIFSZ1VJwEmrm+J8Kwx6njTnKdWsrWrEuJb/SMfvTTCUs5RdbVR32AziJ9YaYfQR"
    "RlQv7Q=="
)
MODIFY_BIZ_CONTENT = (
    '{"order_no":"ali2026112200000017","logis_merch_code":"HTKY","order_status":"collected",'
    '"way_bill_no":"55012345678901","goods_weight":850,"order_amount":"12.00"}'
)
MODIFY_CONTENT = (
    f"app_id=2026000000000001&biz_content={MODIFY_BIZ_CONTENT}"
    "&charset=utf-8&format=json&method=alipay.eco.logistics.express.order.modify&sign_type=RSA2"
    "&timestamp=2026-11-23 09:42:30&version=1.0"
)
MODIFY_SIGN = (
    "nY7YxCeNHe4g8D9BoOL83duQ3/EECCDxNPl8RFzJ3GYwX0ZFlTcmUVmr3Ol8biK2fZtU15QD5EPZUMbV8McBnAVHmTcgdYfWZECIKXUadBw1z3YQ"
    "dAkYGg4saxAe0BGAaYv4KRDuo1Vb9/DAI6bJASG3PPWXuu180L1t+jXxS7D96OBEEspGmmSwElCm0x6VLJiTLGJPz8Ei6As6hQOKV5roG2BGRLrh"
    "MV8sz6ZjTtyCKNV0GGEYzoUF5wQBwFn2+ExvSUfnJpaeB/eT1sl6QSnjylFdcVF5lRPEnq/YZUw75zP3WcdfcG699ASNe1DYyKVH6b2gd3SgduO9"
    "s48I0A=="
)


def _is_prime(n: int) -> bool:
    bases = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37)
    if any(n % p == 0 for p in bases):
        return False
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    return all(any(pow(a, d << r, n) == n - 1 for r in range(s)) or pow(a, d, n) == 1 for a in bases)


def _prime(label: str) -> int:
    parts = b"".join(hashlib.sha256(f"{label}:{i}".encode()).digest() for i in range(4))
    x = int.from_bytes(parts, "big") | (3 << 1022) | 1
    while math.gcd(x - 1, 65537) != 1 or not _is_prime(x):
        x += 2
    return x


@cache  # takes about a second
def appendix_a() -> rsa.RSAPrivateKey:
    """The deterministic test key of appendix A."""
    p, q, e = _prime("q9-alipay-test-p"), _prime("q9-alipay-test-q"), 65537
    d = pow(e, -1, (p - 1) * (q - 1))
    crt = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *crt, rsa.RSAPublicNumbers(e, p * q)).private_key()


@cache
def another() -> rsa.RSAPrivateKey:
    """Some other key of the same length."""
    return rsa.generate_private_key(65537, 2048)


def spki(key: rsa.RSAPrivateKey) -> bytes:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.DER, form)


def pkcs8(key: rsa.RSAPrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.DER, form, serialization.NoEncryption())


def text(der: bytes) -> str:
    """As a person enters a key."""
    return base64.b64encode(der).decode()


@cache
def client(ours: rsa.RSAPrivateKey, theirs: rsa.RSAPrivateKey, sign_type: str = "RSA2") -> Any:
    """python-alipay-sdk with the private half of one key and the public half of the other."""
    private = f"-----BEGIN PRIVATE KEY-----\n{text(pkcs8(ours))}\n-----END PRIVATE KEY-----"
    public = f"-----BEGIN PUBLIC KEY-----\n{text(spki(theirs))}\n-----END PUBLIC KEY-----"
    return AliPay(APP_ID, None, private, public, sign_type)


def signed_by_sdk(key: rsa.RSAPrivateKey, params: Mapping[str, str]) -> str:
    """The signature of the SDK over these parameters."""
    form = client(key, key).sign_data(dict(params))
    return dict(parse_qsl(form, keep_blank_values=True))["sign"]


def credential(*keys: rsa.RSAPrivateKey, **settings: str) -> Credential:
    """Ours: these public keys of Alipay, newest first (appendix A's if none is given), and appendix A's private."""
    public = tuple(spki(key) for key in keys or (appendix_a(),))
    secrets = {"alipay_public_key": public, "app_private_key": (pkcs8(appendix_a()),)}
    return Credential(secrets, {"app_id": APP_ID, "order_amount": "12.00"} | settings)


def params(**changed: str | None) -> dict[str, str]:
    """The parameters of the notify vector, unsigned; None takes one away."""
    genuine: dict[str, str | None] = {
        "app_id": APP_ID,
        "biz_content": BIZ_CONTENT,
        "charset": "utf-8",
        "msg_method": "q9.express.order.create",
        "notify_id": "20261122demo0001",
        "utc_timestamp": "1795320000000",
        "version": "1.1",
    }
    return {name: value for name, value in (genuine | changed).items() if value is not None}


def biz(**changed: Any) -> str:
    """The vector's `biz_content` with fields changed; None takes one away."""
    order = {name: value for name, value in (json.loads(BIZ_CONTENT) | changed).items() if value is not None}
    return json.dumps(order, ensure_ascii=True)  # lone surrogates as \\udXXX


def cancel(
    number: str = "ali2026112200000017", cause: str | None = "不想寄了", **changed: str | None
) -> dict[str, str]:
    """The parameters of a withdrawal, unsigned."""
    told = {"order_no": number, "logis_merch_code": "HTKY"} | ({"cancel_cause": cause} if cause is not None else {})
    given: dict[str, str | None] = {"msg_method": "q9.express.order.cancel", "notify_id": "20261122demo0002"}
    return params(**({"biz_content": json.dumps(told)} | given | changed))


def notification(given: Mapping[str, str], key: rsa.RSAPrivateKey | None = None) -> bytes:
    """The form that Alipay would send, signed by the SDK (which encodes text as UTF-8)."""
    body: str = client(key or appendix_a(), appendix_a()).sign_data(dict(given))
    return f"{body}&sign_type=RSA2".encode()


def raw_notification(given: Mapping[str, bytes], key: rsa.RSAPrivateKey | None = None) -> bytes:
    """The same for values that are bytes of any kind."""
    content = b"&".join(name.encode() + b"=" + value for name, value in sorted(given.items()))
    signature = (key or appendix_a()).sign(content, padding.PKCS1v15(), hashes.SHA256())
    return urlencode({**given, "sign_type": "RSA2", "sign": base64.b64encode(signature)}).encode()


def verify(body: bytes, known: Credential | None = None) -> Opened | Refusal | Answer:
    return ALIPAY.verify(known or credential(), Knock("POST", b"", {"content-type": FORM}, body), NOW)


def opened(body: bytes) -> Opened:
    found = verify(body)
    assert isinstance(found, Opened), found
    return found


def called(call: Outgoing) -> dict[str, str]:
    """The parameters of a call of ours as a gateway sees them: query and body merged."""
    query = parse_qsl(urlsplit(call.url).query, keep_blank_values=True, strict_parsing=True)
    body = parse_qsl(call.body.decode("ascii"), keep_blank_values=True, strict_parsing=True)
    merged = dict(query + body)
    assert len(merged) == len(query) + len(body)
    return merged


def quoted(given: Mapping[str, str]) -> bytes:
    """A form of exactly these parameters."""
    return "&".join(f"{name}={quote_plus(value)}" for name, value in given.items()).encode()
