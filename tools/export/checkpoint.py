"""Reads a PyTorch checkpoint without running anything of it.

A checkpoint is a pickle, and a pickle may name any function of the machine and have it called. Here a name means one
of three things: a class or function of torch and numpy that only holds numbers, a layer of a detector, of which the
parts are kept and the code is ours (`layers.py`), or anything else, which becomes an object that does nothing.
"""

import pickle
import types
from pathlib import Path

import torch
from torch import nn

# Code bases whose classes are layers. What they compute stands in layers.py, not here.
LAYER_MODULES = ("models.", "ultralytics.nn.", "yolov5.models.")

ALLOWED = {
    "collections": {"OrderedDict", "defaultdict"},
    "builtins": {"set", "frozenset", "list", "dict", "tuple", "int", "float", "complex", "bytearray", "slice", "object"},
    "copyreg": {"_reconstructor"},
    "_codecs": {"encode"},
    "numpy": {"ndarray", "dtype"},
    "numpy.core.multiarray": {"scalar", "_reconstruct"},
    "numpy._core.multiarray": {"scalar", "_reconstruct"},
    "torch": {"Size", "device"},
    "torch._utils": {"_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_parameter"},
}
RENAMED = {"__builtin__": "builtins", "copy_reg": "copyreg"}


class Layer(nn.Module):
    """A layer as the checkpoint describes it: attributes, parameters and children. Its class's name says its kind."""

    def __init__(self, *_args, **_named):
        super().__init__()

    def forward(self, x):
        from layers import run_layer

        return run_layer(self, x)


class Inert:
    """What stands for everything that is not needed: paths, options, optimisers, or worse."""

    def __init__(self, *_args, **_named):
        pass

    def __setstate__(self, _state):
        pass

    def __call__(self, *_args, **_named):
        return Inert()

    # Lists and dictionaries of foreign classes are filled item by item.
    def append(self, _item):
        pass

    def extend(self, _items):
        pass

    def __setitem__(self, _key, _value):
        pass


class Unpickler(pickle.Unpickler):
    layer_kinds: dict[str, type[Layer]] = {}

    def find_class(self, module, name):
        module = RENAMED.get(module, module)
        if "." in name:
            return Inert
        if module.startswith(LAYER_MODULES):
            kinds = Unpickler.layer_kinds
            return kinds.setdefault(name, type(name, (Layer,), {}))
        if name in ALLOWED.get(module, ()):
            return super().find_class(module, name)
        if module == "torch" and (name.endswith("Storage") or isinstance(getattr(torch, name, None), torch.dtype)):
            return super().find_class(module, name)
        if module.startswith("torch.nn.modules."):
            found = super().find_class(module, name)
            if isinstance(found, type) and issubclass(found, nn.Module):
                return found
        return Inert


def _load(file, **named):
    return Unpickler(file, **named).load()


# torch.load takes a module in place of pickle, and asks it for these.
_pickle = types.SimpleNamespace(
    __name__="checkpoint", Unpickler=Unpickler, load=_load, loads=None, UnpicklingError=pickle.UnpicklingError
)


def read_checkpoint(path: Path):
    """What the file holds. Raises ValueError for a file that is no checkpoint."""
    with path.open("rb") as file:
        start = file.read(2)
    try:
        if path.suffix == ".pkl" and start[:1] == b"\x80":
            with path.open("rb") as file:
                return _load(file, encoding="latin1")
        return torch.load(path, map_location="cpu", pickle_module=_pickle, weights_only=False)
    except (pickle.UnpicklingError, RuntimeError, EOFError, KeyError, AttributeError, TypeError) as error:
        raise ValueError(f"{path.name} is no checkpoint that can be read: {error}") from error
