"""Writes small checkpoints with random weights, in the form in which YOLOv5, Ultralytics and Detectron2 save theirs.

    python make_test_checkpoints.py FOLDER

For tests alone. Each of them also carries what a malicious one would: an object that makes a file named `ran` in the
folder when a plain unpickler meets it.
"""

import os
import sys
import types
from pathlib import Path

import torch
from torch import nn


class Malice:
    def __init__(self, mark: Path):
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch '{self.mark}'",)


def layer_class(module: str, name: str):
    """A class of that name in that module: a pickle says no more of a layer than this and its parts."""
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        name_of = ".".join(parts[:end])
        home = sys.modules.setdefault(name_of, types.ModuleType(name_of))
    made = type(name, (nn.Module,), {"__module__": module})
    setattr(home, name, made)
    return made


def layers_of(module: str):
    def make(kind: str, **parts):
        found = getattr(sys.modules.get(module), kind, None) or layer_class(module, kind)
        layer = found()
        for key, value in parts.items():
            setattr(layer, key, value)
        return layer

    def conv(before, after, kernel=1, stride=1):
        return make("Conv", conv=nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False),
                    bn=nn.BatchNorm2d(after), act=nn.SiLU())  # fmt: skip

    return make, conv


def placed(layers, mark: Path):
    """A list of (layer, where its input comes from) as a model that is saved."""
    for index, (layer, source) in enumerate(layers):
        layer.i, layer.f = index, source
    for part in (part for layer, _ in layers for part in layer.modules()):
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.normal_(0, 0.2)
            part.running_var.uniform_(0.5, 1.5)
    return nn.Sequential(*(layer for layer, _ in layers)), Malice(mark)


def yolov5(mark: Path):
    make, conv = layers_of("models.common")
    head_of, _ = layers_of("models.yolo")
    block = make("Bottleneck", cv1=conv(8, 8), cv2=conv(8, 8, 3), add=True)
    pool = make("SPPF", cv1=conv(32, 16), cv2=conv(64, 32), m=nn.MaxPool2d(5, 1, 2))
    head = head_of("Detect", nc=3, nl=2, na=3, no=8, stride=torch.tensor([8.0, 16.0]),
                   m=nn.ModuleList(nn.Conv2d(channels, 24, 1) for channels in (48, 32)))  # fmt: skip
    head.register_buffer("anchors", torch.rand(2, 3, 2) * 4 + 0.5)
    layers = [
        (make("Focus", conv=conv(12, 8, 3)), -1),
        (conv(8, 16, 3, 2), -1),
        (make("C3", cv1=conv(16, 8), cv2=conv(16, 8), cv3=conv(16, 16), m=nn.Sequential(block)), -1),
        (conv(16, 16, 3, 2), -1),
        (conv(16, 32, 3, 2), -1),
        (pool, -1),
        (nn.Upsample(scale_factor=2.0, mode="nearest"), -1),
        (make("Concat", d=1), [-1, 3]),
        (head, [7, 5]),
    ]
    model = head_of("Model")
    model.model, model.yaml = placed(layers, mark)
    model.names = ["crab", "fish", "eel"]
    return {"ema": None, "model": model.half(), "optimizer": None, "opt": Malice(mark), "date": Path("x")}


def ultralytics(mark: Path):
    make, conv = layers_of("ultralytics.nn.modules.block")
    head_of, _ = layers_of("ultralytics.nn.modules.head")
    block = make("Bottleneck", cv1=conv(8, 8, 3), cv2=conv(8, 8, 3), add=True)
    attention = make("Attention", num_heads=2, key_dim=4, head_dim=8, scale=0.5, qkv=conv(16, 32), proj=conv(16, 16),
                     pe=nn.Conv2d(16, 16, 3, 1, 1, groups=16))  # fmt: skip
    ffn = nn.Sequential(conv(16, 32), conv(32, 16))
    psa = make("PSABlock", attn=attention, ffn=ffn, add=True)
    head = head_of("Detect", nc=3, nl=2, reg_max=16, stride=torch.tensor([4.0, 8.0]),
                   cv2=nn.ModuleList(nn.Conv2d(c, 64, 1) for c in (16, 32)),
                   cv3=nn.ModuleList(nn.Conv2d(c, 3, 1) for c in (16, 32)))  # fmt: skip
    layers = [
        (conv(3, 8, 3, 2), -1),
        (conv(8, 16, 3, 2), -1),
        (make("C2f", cv1=conv(16, 16), cv2=conv(24, 16), m=nn.ModuleList([block])), -1),
        (conv(16, 32, 3, 2), -1),
        (make("C2PSA", c=16, cv1=conv(32, 32), cv2=conv(32, 32), m=nn.Sequential(psa)), -1),
        (head, [2, 4]),
    ]
    model = layers_of("ultralytics.nn.tasks")[0]("DetectionModel")
    model.model, model.yaml = placed(layers, mark)
    model.names = {0: "crab", 1: "fish", 2: "eel"}
    return {"epoch": -1, "model": model.half(), "train_args": Malice(mark)}


def retinanet(mark: Path):
    state = {}

    def add(name, after, before, kernel, normed):
        state[f"{name}.weight"] = torch.randn(after, before, kernel, kernel) / (before * kernel * kernel) ** 0.5
        if normed:
            values = (torch.ones(after), torch.zeros(after), torch.zeros(after), torch.ones(after))
            parts = ("weight", "bias", "running_mean", "running_var")
            state.update({f"{name}.norm.{part}": value for part, value in zip(parts, values)})
        else:
            state[f"{name}.bias"] = torch.zeros(after)

    add("backbone.bottom_up.stem.conv1", 8, 3, 7, True)
    for stage, (before, after) in {2: (8, 8), 3: (8, 16), 4: (16, 16), 5: (16, 32)}.items():
        block = f"backbone.bottom_up.res{stage}.0"
        add(f"{block}.conv1", after, before, 3, True)
        add(f"{block}.conv2", after, after, 3, True)
        add(f"{block}.shortcut", after, before, 1, True)
    for stage, before in {3: 16, 4: 16, 5: 32}.items():
        add(f"backbone.fpn_lateral{stage}", 16, before, 1, False)
        add(f"backbone.fpn_output{stage}", 16, 16, 3, False)
    add("backbone.top_block.p6", 16, 32, 3, False)
    add("backbone.top_block.p7", 16, 16, 3, False)
    for subnet in ("cls_subnet", "bbox_subnet"):
        add(f"head.{subnet}.0", 16, 16, 3, False)
    add("head.cls_score", 9 * 4, 16, 3, False)
    add("head.bbox_pred", 9 * 4, 16, 3, False)
    state["head.cls_score.bias"] -= 3
    return {"model": state, "iteration": 1, "trainer": Malice(mark)}


CONFIG = """_BASE_: "../Base-RetinaNet.yaml"
MODEL:
  META_ARCHITECTURE: RetinaNet
  PIXEL_STD: (57.0, 57.0, 58.0)
  ANCHOR_GENERATOR:
    SIZES: !!python/object/apply:eval ["open('ran', 'w')"]
  RETINANET:
    NUM_CLASSES: 4
INPUT:
  FORMAT: RGB
  MIN_SIZE_TEST: 240
  MAX_SIZE_TEST: 320
"""

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    torch.manual_seed(5)
    with torch.no_grad():
        for name, make in {"v5.pt": yolov5, "v8.pt": ultralytics, "retinanet.pth": retinanet}.items():
            torch.save(make(folder / "ran"), folder / name)
    (folder / "retinanet.yaml").write_text(CONFIG)
