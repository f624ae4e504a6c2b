"""What each kind of layer of YOLOv5, YOLOv8 and YOLO11 computes, from the parts that a checkpoint brings.

Responsible for the arithmetic only: nothing is built, trained or read here. A kind that is not in the table is refused
by name, because a layer that is guessed gives boxes that are nearly right.
"""

import torch
from torch import nn

from head import anchor_free_boxes, anchored_boxes


class UnknownLayer(Exception):
    pass


def run_layer(layer, x):
    kind = type(layer).__name__
    if kind not in KINDS:
        raise UnknownLayer(kind)
    return KINDS[kind](layer, x)


def unknown_kinds(model: nn.Module) -> list[str]:
    from checkpoint import Layer

    kinds = {type(part).__name__ for part in model.modules() if isinstance(part, Layer)}
    return sorted(kinds - set(KINDS) - {"Model", "DetectionModel", "BaseModel", "DFL"})


def conv(layer, x):
    x = layer.conv(x)
    # A checkpoint that was saved after fusing has the normalisation in the kernels already.
    if "bn" in layer._modules:
        x = layer.bn(x)
    act = getattr(layer, "act", None)
    return act(x) if callable(act) else x


def bottleneck(layer, x):
    through = layer.cv2(layer.cv1(x))
    return x + through if layer.add else through


def cross_stage(layer, x):
    return layer.cv3(torch.cat((layer.m(layer.cv1(x)), layer.cv2(x)), 1))


def cross_stage_normalised(layer, x):
    both = torch.cat((layer.cv3(layer.m(layer.cv1(x))), layer.cv2(x)), 1)
    return layer.cv4(layer.act(layer.bn(both)))


def growing_stage(layer, x):
    """Every block's output is kept, and all of them are joined."""
    parts = list(layer.cv1(x).chunk(2, 1))
    for block in layer.m:
        parts.append(block(parts[-1]))
    return layer.cv2(torch.cat(parts, 1))


def pyramid_pool(layer, x):
    x = layer.cv1(x)
    return layer.cv2(torch.cat([x] + [pool(x) for pool in layer.m], 1))


def repeated_pool(layer, x):
    """One small window again and again sees as far as several large ones."""
    parts = [layer.cv1(x)]
    for _ in range(getattr(layer, "n", 3)):
        parts.append(layer.m(parts[-1]))
    joined = layer.cv2(torch.cat(parts, 1))
    return joined + x if getattr(layer, "add", False) else joined


def focus(layer, x):
    """Every second pixel, from four corners: a quarter of the area, four times the channels."""
    corners = [x[..., row::2, column::2] for column in (0, 1) for row in (0, 1)]
    return layer.conv(torch.cat(corners, 1))


def ghost_conv(layer, x):
    half = layer.cv1(x)
    return torch.cat((half, layer.cv2(half)), 1)


def attention(layer, x):
    batch, channels, height, width = x.shape
    sizes = (layer.key_dim, layer.key_dim, layer.head_dim)
    rows = layer.qkv(x).reshape(batch, layer.num_heads, sum(sizes), height * width)
    query, key, value = rows.split(sizes, 2)
    weights = (query.transpose(-2, -1) @ key * layer.scale).softmax(-1)
    seen = (value @ weights.transpose(-2, -1)).reshape(batch, channels, height, width)
    return layer.proj(seen + layer.pe(value.reshape(batch, channels, height, width)))


def attention_block(layer, x):
    seen = layer.attn(x)
    x = x + seen if layer.add else seen
    further = layer.ffn(x)
    return x + further if layer.add else further


def attention_stage(layer, x):
    kept, seen = layer.cv1(x).split((layer.c, layer.c), 1)
    return layer.cv2(torch.cat((kept, layer.m(seen)), 1))


def detect(layer, features):
    return anchored_boxes(layer, features) if "anchors" in layer._buffers else anchor_free_boxes(layer, features)


KINDS = {
    "Conv": conv,
    "DWConv": conv,
    "Focus": focus,
    "Bottleneck": bottleneck,
    "CrossConv": bottleneck,
    "C3": cross_stage,
    "C3x": cross_stage,
    "C3SPP": cross_stage,
    "C3Ghost": cross_stage,
    "C3k": cross_stage,
    "BottleneckCSP": cross_stage_normalised,
    "C2f": growing_stage,
    "C3k2": growing_stage,
    "SPP": pyramid_pool,
    "SPPF": repeated_pool,
    "GhostConv": ghost_conv,
    "GhostBottleneck": lambda layer, x: layer.conv(x) + layer.shortcut(x),
    "Attention": attention,
    "PSABlock": attention_block,
    "C2PSA": attention_stage,
    "Concat": lambda layer, parts: torch.cat(parts, layer.d),
    "Detect": detect,
}
