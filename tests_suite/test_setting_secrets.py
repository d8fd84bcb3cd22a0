"""What an environment may say of its passwords and keys, and what it may not."""

from __future__ import annotations

import time

import pytest

from fixtures.staging.settingsecrets import is_secret

TOLD: list[tuple[str, object]] = [
    # by the name
    ("DB_PASS", "hunter2hunter2"),
    ("SMTP_PASS", "Zx81-!kd"),
    ("dbPass", "hunter2hunter2"),
    ("encryption_key", "9f86d081884c7d65"),
    ("encryptionKey", "9f86d081884c7d65"),
    ("signing_key", "correct-horse"),
    ("SECRET_KEY_BASE", "9f86d081884c7d65aa"),
    ("secret key", "abcdefgh"),
    ("apiKey", "abcdef1234"),
    ("x-api-key", "abcdefgh"),
    ("ANTHROPIC_API_KEY", "sk-ant-x"),
    ("api_keys", ["not set", "abcdefgh"]),
    ("passwords", ["hunter2"]),
    ("private_key_password", "hunter2"),
    ("token", "max-hunter"),
    ("auth", "app:hunter2hunter2"),
    ("password", "password"),
    ("password", "default"),
    ("password", "P@$WORD123"),
    ("password", "$ecret123"),
    ("env", [{"name": "DB_PASSWORD", "value": "hunter2hunter2"}]),
    ("env", [{"password": "hunter2hunter2"}]),
    # any key, by its value
    ("OPENAI_KEY", "abcd1234efgh5678"),
    ("key", "0123456789abcdef"),
    # by the value alone
    ("slack", "https://hooks.slack.com/services/T00/B00/abcdefgh"),
    ("chat", "https://discord.com/api/webhooks/1/x"),
    ("payments", "rk_live_abcdef123456"),
    ("ci", "glpat-abcdefghij1234567890"),
    ("bot", "ghs_0123456789abcdef"),
    ("models", f"hf_{'a' * 20}"),
    ("maps", f"AIza{'a' * 30}"),
    ("cloud", "ASIAABCDEFGHIJKLMNOP"),
    ("header", "Basic YXBwOnNlY3JldA=="),
    ("certificate", "-----BEGIN RSA PRIVATE KEY-----\nMII"),
    # inside of the value
    ("dsn", "host=db user=app password=hunter2hunter2"),
    ("dsn", "Server=db;Password='hunter2hunter2'"),
    ("command", "serve --api-key=abcdefgh1234"),
    ("env", ["LOG=info", "DB_PASSWORD=hunter2hunter2"]),
    ("url", "https://x.example/?api_key=abcdef1234567890"),
    ("url", "https://x.example/?a=b&token=abcdef"),
    ("url", "https://x.example/?key=abcdef1234567890"),
    ("redis", "redis://:hunter2@cache:6379/0"),
    ("database_url", "postgres://app:hunter2@/db"),
]

FINE: list[tuple[str, object]] = [
    # that it is there, and how somebody is let in
    ("auth", "enabled"),
    ("authorization", "required"),
    ("password", "disabled"),
    ("token", "optional"),
    ("token", "not applicable"),
    ("api_key", "(set)"),
    ("token", "***set***"),
    ("password", "xxxxxxxx"),
    ("password", "<your password>"),
    ("credentials", "workload-identity"),
    ("credentials", "Azure Workload Identity"),
    ("auth", "oauth2"),
    ("auth", "OAuth 2.0"),
    ("auth", "mutual-tls"),
    ("auth", "api-key"),
    # where it is kept
    ("password", "from vault"),
    ("password", "read from the Vault, path kv/db"),
    ("secret", "vault:knowledge/key"),
    ("token", "env:KNOWLEDGE_TOKEN"),
    ("token", "op://vault/item/field"),
    ("secret", "arn:aws:secretsmanager:eu-west-1:1:secret:kb"),
    ("api_key", "$KNOWLEDGE_API_KEY"),
    ("api_key", "${{ secrets.KNOWLEDGE }}"),
    ("api_key", "{{ knowledge_key }}"),
    ("api_key", "%KNOWLEDGE_API_KEY%"),
    ("api_key", "<KNOWLEDGE_API_KEY>"),
    ("password_file", "/run/secrets/db"),
    ("private_key", "/etc/ssl/private/key.pem"),
    ("credentials", "~/.aws/credentials"),
    ("auth", "https://sso.example.com/realms/kb"),
    ("dsn", "host=db password=${PW}"),
    ("dsn", "host=db password=$PW user=x"),
    ("dsn", "host=db password=****"),
    ("db", "mongodb://app:***@db/kb"),
    ("db", "mongodb://app:$DB_PASSWORD@db/kb"),
    ("db", "mongodb://app:<password>@db/kb"),
    # something else that only looks like it
    ("max_token", 128000),
    ("access_token_ttl", 3600),
    ("url", "https://x.example/?max_token=4096&page=2&sort=key"),
    ("cache_key", "knowledge-v2-2026"),
    ("partition_key", "tenant12345678"),
    ("publicKey", "ssh-ed25519-AAAA1234"),
    ("key", "knowledge"),
    ("sort", "key=name"),
    ("bypass", "internal-only"),
    ("monkey", "banana-12345678"),
    ("queue", "task-scheduler-main"),
    ("storage", "disk-encrypted"),
    ("registry", "npm-proxy-internal"),
    ("env", [{"name": "LOG", "value": "information"}]),
    ("header", "Basic authentication"),
    ("nothing", None),
    ("password", True),
]


@pytest.mark.parametrize(("name", "value"), TOLD, ids=[f"{name}: {value}"[:60] for name, value in TOLD])
def test_password_or_key_is_one_by_its_name_or_its_value(name: str, value: object) -> None:
    assert is_secret(name, value)


@pytest.mark.parametrize(("name", "value"), FINE, ids=[f"{name}: {value}"[:60] for name, value in FINE])
def test_what_says_only_that_or_where_a_secret_is_may_be_written_down(name: str, value: object) -> None:
    assert not is_secret(name, value)


@pytest.mark.parametrize(
    "piece", ["${", "{{", "$A", "eyJ", "://a:", "password=", "Basic ", "-----BEGIN ", "<a", "*", "a1", "?key=", "on "]
)
def test_long_value_is_judged_in_reasonable_time(piece: str) -> None:
    started = time.process_time()

    assert isinstance(is_secret("some_key", (piece * 100_000)[:100_000]), bool)
    assert time.process_time() - started < 2
