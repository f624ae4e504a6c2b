"""The demo detector: a small convolutional network with YOLOv5's export layout.

Responsible for the layers, the anchors and the decoding of raw outputs into boxes. It knows nothing of training,
files or ONNX. Rows come out as `cx, cy, w, h, objectness, circle, square, triangle`: boxes in input pixels,
the rest in [0, 1].
"""

import torch
from torch import nn

NAMES = ("circle", "square", "triangle")
SIDE = 320
STRIDES = (8, 16, 32)
# Every shape's box is a square, so an anchor is one number: its side in input pixels, three for each stride.
ANCHORS = ((22, 30, 38), (48, 62, 78), (96, 120, 150))
ROW = 5 + len(NAMES)


class ConvBlock(nn.Sequential):
    def __init__(self, before: int, after: int, kernel: int = 3, stride: int = 1):
        super().__init__(
            nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(inplace=True),
        )


class Residual(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.narrow = ConvBlock(channels, channels // 2, 1)
        self.widen = ConvBlock(channels // 2, channels, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.widen(self.narrow(x))


class WideView(nn.Module):
    """Pools over growing neighbourhoods, so that a coarse cell sees the whole of a large shape."""

    def __init__(self, channels: int):
        super().__init__()
        self.narrow = ConvBlock(channels, channels // 2, 1)
        self.pool = nn.MaxPool2d(5, 1, 2)
        self.join = ConvBlock(channels // 2 * 3, channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        near = self.narrow(x)
        middle = self.pool(near)
        return self.join(torch.cat((near, middle, self.pool(middle)), 1))


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.to4 = ConvBlock(3, 24, 7, 4)
        self.to8 = nn.Sequential(ConvBlock(24, 40, 3, 2), Residual(40))
        self.to16 = nn.Sequential(ConvBlock(40, 64, 3, 2), Residual(64))
        self.to32 = nn.Sequential(ConvBlock(64, 96, 3, 2), Residual(96), WideView(96))
        self.up = nn.Upsample(scale_factor=2, mode="nearest")
        self.lateral32 = ConvBlock(96, 48, 1)
        self.merge16 = nn.Sequential(ConvBlock(64 + 48, 64, 1), ConvBlock(64, 64, 3))
        self.lateral16 = ConvBlock(64, 40, 1)
        self.merge8 = nn.Sequential(ConvBlock(40 + 40, 40, 1), ConvBlock(40, 40, 3))
        self.heads = nn.ModuleList(
            nn.Conv2d(channels, len(sides) * ROW, 1) for channels, sides in zip((40, 64, 96), ANCHORS)
        )
        for head in self.heads:
            # Almost every cell holds nothing: to begin there keeps the first steps from drowning in it.
            nn.init.constant_(head.bias.view(-1, ROW)[:, 4], -4.5)

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        """RGB 0..1, [batch, 3, SIDE, SIDE] -> for each stride, raw [batch, anchors, ROW, cells, cells]."""
        at8 = self.to8(self.to4(images))
        at16 = self.to16(at8)
        at32 = self.to32(at16)
        mid = self.merge16(torch.cat((at16, self.up(self.lateral32(at32))), 1))
        fine = self.merge8(torch.cat((at8, self.up(self.lateral16(mid))), 1))
        raws = []
        for level, (head, features) in enumerate(zip(self.heads, (fine, mid, at32))):
            cells = SIDE // STRIDES[level]
            raws.append(head(features).view(-1, len(ANCHORS[level]), ROW, cells, cells))
        return raws


def cell_corners(cells: int) -> torch.Tensor:
    """[2, cells, cells]: the column and the row of each cell."""
    steps = range(cells)
    # From lists, not from arange: the export keeps a constant then, where it would keep a computation.
    return torch.tensor([[[float(x) for x in steps] for _ in steps], [[float(y) for _ in steps] for y in steps]])


def decode(raws: list[torch.Tensor]) -> torch.Tensor:
    """Raw outputs -> [batch, rows, ROW], finest stride first, within a stride anchor by anchor, row by row.

    Centre = (2 s - 0.5 + cell) x stride and side = (2 s)^2 x anchor with s the sigmoid: the parametrisation
    of YOLOv5's detection head, whose layout the file promises.
    """
    rows = []
    for raw, stride, sides in zip(raws, STRIDES, ANCHORS):
        cells = SIDE // stride
        s = raw.sigmoid()
        anchors = torch.tensor(sides, dtype=torch.float32).view(1, -1, 1, 1, 1)
        centre = (s[:, :, 0:2] * 2 - 0.5 + cell_corners(cells)) * stride
        side = (s[:, :, 2:4] * 2) ** 2 * anchors
        level = torch.cat((centre, side, s[:, :, 4:]), 2)
        rows.append(level.permute(0, 1, 3, 4, 2).reshape(-1, len(sides) * cells**2, ROW))
    return torch.cat(rows, 1)
