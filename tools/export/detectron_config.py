"""A Detectron2 configuration as a flat table of settings. Tags that would have Python evaluated are passed over."""

from pathlib import Path

import yaml


class _Loader(yaml.SafeLoader):
    pass


_Loader.add_multi_constructor("", lambda _loader, _suffix, _node: None)


def read_config(path: Path | None) -> dict:
    """`{"INPUT.FORMAT": "BGR", …}`; empty without a file. A base that lies beside the file is read first."""
    if path is None:
        return {}
    content = yaml.load(path.read_text(), _Loader) or {}
    base = content.pop("_BASE_", None)
    beside = path.parent / Path(base).name if isinstance(base, str) else None
    settings = read_config(beside) if beside is not None and beside.is_file() else {}
    settings.update((key, value) for key, value in _flat(content, "") if value is not None)
    return settings


def _flat(content: dict, prefix: str):
    for key, value in content.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            # Old configurations write tuples as text, which YAML does not know.
            is_tuple = isinstance(value, str) and value[:1] == "(" and value[-1:] == ")"
            yield f"{prefix}{key}", yaml.safe_load(f"[{value[1:-1]}]") if is_tuple else value
