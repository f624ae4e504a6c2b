"""A Detectron2 RetinaNet with a ResNet and a feature pyramid, from its state and its configuration.

The state says how deep and how wide the network is; the configuration says what no tensor shows, and where it is
silent Detectron2's own defaults hold. Input and outputs are those of Detectron2's tracing export, which the server
knows: [3, height, width] in, 0..255 -> boxes [n, 4] in network pixels, classes, scores, image size.
"""

import math
import re

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.ops import nms

DEFAULTS = {
    "MODEL.META_ARCHITECTURE": "RetinaNet",
    "INPUT.FORMAT": "BGR",
    "INPUT.MIN_SIZE_TEST": 800,
    "INPUT.MAX_SIZE_TEST": 1333,
    "MODEL.PIXEL_MEAN": [103.53, 116.28, 123.675],
    "MODEL.PIXEL_STD": [1.0, 1.0, 1.0],
    "MODEL.RESNETS.STRIDE_IN_1X1": True,
    "MODEL.ANCHOR_GENERATOR.ASPECT_RATIOS": [[0.5, 1.0, 2.0]],
    "MODEL.ANCHOR_GENERATOR.OFFSET": 0.0,
    "MODEL.RETINANET.BBOX_REG_WEIGHTS": [1.0, 1.0, 1.0, 1.0],
    "MODEL.RETINANET.SCORE_THRESH_TEST": 0.05,
    "MODEL.RETINANET.TOPK_CANDIDATES_TEST": 1000,
    "MODEL.RETINANET.NMS_THRESH_TEST": 0.5,
    "TEST.DETECTIONS_PER_IMAGE": 100,
}
# Three sizes a level, a third of an octave apart (Lin et al., Focal Loss for Dense Object Detection, section 4).
SIZES = [[side * 2 ** (third / 3) for third in range(3)] for side in (32, 64, 128, 256, 512)]
STRIDES = (8, 16, 32, 64, 128)
DIVISOR = 32
SCALE_MAX = math.log(1000 / 16)


class RetinaNet(nn.Module):
    def __init__(self, state: dict[str, torch.Tensor], config: dict):
        super().__init__()
        self.setting = lambda key: config.get(key, DEFAULTS[key])
        for name, value in state.items():
            self.register_buffer(name.replace(".", "/"), value.float())
        mean, std = (torch.tensor(self.setting(f"MODEL.PIXEL_{what}")).reshape(3, 1, 1) for what in ("MEAN", "STD"))
        self.register_buffer("mean", mean)
        self.register_buffer("std", std)
        self.depths = {stage: 1 + max(self.numbers(rf"backbone\.bottom_up\.res{stage}\.(\d+)\.")) for stage in range(2, 6)}
        self.tower = sorted(set(self.numbers(r"head\.cls_subnet\.(\d+)\.")))
        sizes = config.get("MODEL.ANCHOR_GENERATOR.SIZES") or SIZES
        ratios = self.setting("MODEL.ANCHOR_GENERATOR.ASPECT_RATIOS")
        self.shapes = [
            torch.tensor([cell_anchor(size, ratio) for size in of_level for ratio in ratios[level % len(ratios)]])
            for level, of_level in enumerate(sizes * len(STRIDES) if len(sizes) == 1 else sizes)
        ]
        self.classes = self.state("head.cls_score.weight").shape[0] // len(self.shapes[0])

    def state(self, name: str) -> torch.Tensor:
        return getattr(self, name.replace(".", "/"))

    def has(self, name: str) -> bool:
        return name.replace(".", "/") in self._buffers

    def numbers(self, pattern: str) -> list[int]:
        found = (re.match(pattern, name.replace("/", ".")) for name in self._buffers)
        return [int(match[1]) for match in found if match]

    def conv(self, name, x, stride=1, padding=0):
        weight = self.state(f"{name}.weight")
        bias = self.state(f"{name}.bias") if self.has(f"{name}.bias") else None
        x = F.conv2d(x, weight, bias, stride, padding, groups=x.shape[1] // weight.shape[1])
        if not self.has(f"{name}.norm.weight"):
            return x
        parts = [self.state(f"{name}.norm.{part}") for part in ("running_mean", "running_var", "weight", "bias")]
        return F.batch_norm(x, *parts, training=False, eps=1e-5)

    def block(self, name, x, stride):
        """A bottleneck of three convolutions, or the plain two of ResNet-18 and 34."""
        skip = self.conv(f"{name}.shortcut", x, stride) if self.has(f"{name}.shortcut.weight") else x
        if not self.has(f"{name}.conv3.weight"):
            x = F.relu(self.conv(f"{name}.conv1", x, stride, 1))
            return F.relu(self.conv(f"{name}.conv2", x, 1, 1) + skip)
        first, second = (stride, 1) if self.setting("MODEL.RESNETS.STRIDE_IN_1X1") else (1, stride)
        x = F.relu(self.conv(f"{name}.conv1", x, first))
        x = F.relu(self.conv(f"{name}.conv2", x, second, 1))
        return F.relu(self.conv(f"{name}.conv3", x) + skip)

    def pyramid(self, x):
        bottom = "backbone.bottom_up"
        x = F.max_pool2d(F.relu(self.conv(f"{bottom}.stem.conv1", x, 2, 3)), 3, 2, 1)
        stages = {}
        for stage, depth in self.depths.items():
            for index in range(depth):
                x = self.block(f"{bottom}.res{stage}.{index}", x, 2 if stage > 2 and index == 0 else 1)
            stages[stage] = x
        levels = []
        above = None
        for stage in (5, 4, 3):
            lateral = self.conv(f"backbone.fpn_lateral{stage}", stages[stage])
            above = lateral if above is None else lateral + F.interpolate(above, scale_factor=2.0, mode="nearest")
            levels.insert(0, self.conv(f"backbone.fpn_output{stage}", above, 1, 1))
        # The top block starts from whichever of the two has as many channels as its kernel.
        wanted = self.state("backbone.top_block.p6.weight").shape[1]
        start = stages[5] if wanted == stages[5].shape[1] else levels[-1]
        sixth = self.conv("backbone.top_block.p6", start, 2, 1)
        return [*levels, sixth, self.conv("backbone.top_block.p7", F.relu(sixth), 2, 1)]

    def subnet(self, name, last, x):
        for index in self.tower:
            x = F.relu(self.conv(f"head.{name}.{index}", x, 1, 1))
        return self.conv(f"head.{last}", x, 1, 1)

    def level(self, index, feature):
        """The best candidates of one level: boxes, scores, classes."""
        height, width = feature.shape[-2:]
        shapes = self.shapes[index]
        many = len(shapes)
        scores = self.subnet("cls_subnet", "cls_score", feature).reshape(many, self.classes, height, width)
        scores = scores.permute(2, 3, 0, 1).reshape(-1).sigmoid()
        deltas = self.subnet("bbox_subnet", "bbox_pred", feature).reshape(many, 4, height, width)
        deltas = deltas.permute(2, 3, 0, 1).reshape(-1, 4)
        offset = self.setting("MODEL.ANCHOR_GENERATOR.OFFSET")
        rows = (torch.arange(height, dtype=torch.float32) + offset) * STRIDES[index]
        columns = (torch.arange(width, dtype=torch.float32) + offset) * STRIDES[index]
        y, x = torch.meshgrid(rows, columns, indexing="ij")
        anchors = (torch.stack((x, y, x, y), -1).reshape(-1, 1, 4) + shapes).reshape(-1, 4)
        above = (scores > self.setting("MODEL.RETINANET.SCORE_THRESH_TEST")).nonzero()[:, 0]
        # Sorted and cut rather than the best k: there may be fewer than k, and how many is not known in the graph.
        best, order = scores[above].sort(descending=True)
        top = self.setting("MODEL.RETINANET.TOPK_CANDIDATES_TEST")
        chosen = above[order][:top]
        anchor = torch.div(chosen, self.classes, rounding_mode="floor")
        return self.decode(anchors[anchor], deltas[anchor]), best[:top], chosen - anchor * self.classes

    def decode(self, anchors, deltas):
        """Offsets of the centre in sides, sides as logarithms (Girshick et al., R-CNN, appendix C)."""
        weights = torch.tensor(self.setting("MODEL.RETINANET.BBOX_REG_WEIGHTS"))
        deltas = deltas / weights
        sides = anchors[:, 2:] - anchors[:, :2]
        centre = anchors[:, :2] + sides / 2 + deltas[:, :2] * sides
        half = sides * deltas[:, 2:].clamp(max=SCALE_MAX).exp() / 2
        return torch.cat((centre - half, centre + half), 1)

    def forward(self, image):
        size = torch._shape_as_tensor(image)[1:]
        x = ((image - self.mean) / self.std).unsqueeze(0)
        bottom, right = (-size[0]) % DIVISOR, (-size[1]) % DIVISOR
        x = F.pad(x, (0, right, 0, bottom))
        found = [self.level(index, feature) for index, feature in enumerate(self.pyramid(x))]
        boxes, scores, classes = (torch.cat(parts) for parts in zip(*found))
        # Boxes of different classes are moved apart, so that one pass suppresses within each class.
        reach = torch.cat((boxes.reshape(-1), torch.zeros(1))).max() + 1
        kept = nms(boxes + (classes * reach).unsqueeze(1), scores, self.setting("MODEL.RETINANET.NMS_THRESH_TEST"))
        kept = kept[: self.setting("TEST.DETECTIONS_PER_IMAGE")]
        return boxes[kept], classes[kept], scores[kept], size


def cell_anchor(size: float, ratio: float) -> list[float]:
    """Corners around the origin of a box of this area and this height over width."""
    width = size / math.sqrt(ratio)
    height = width * ratio
    return [-width / 2, -height / 2, width / 2, height / 2]


def read_retinanet(checkpoint: dict, config: dict) -> tuple[RetinaNet, dict]:
    """The network and what it says of itself. Raises ValueError with a sentence for a person."""
    state = checkpoint.get("model", checkpoint)
    state = {name: torch.as_tensor(value) for name, value in state.items() if not name.startswith("anchor_generator")}
    state = {name: value for name, value in state.items() if name not in ("pixel_mean", "pixel_std")}
    architecture = config.get("MODEL.META_ARCHITECTURE", "RetinaNet")
    foreign = [name for name in state if re.search(r"roi_heads|proposal_generator|sem_seg|deform|conv2_offset", name)]
    normed = [name for name in state if re.search(r"head\..*(norm|running_mean)|fpn_\w+\d\.norm", name)]
    if architecture != "RetinaNet" or foreign or normed or "head.cls_score.weight" not in state:
        raise ValueError(
            f"the checkpoint is of {architecture}{f' with {(foreign or normed)[0]}' if foreign or normed else ''}, and "
            "this tool knows Detectron2's RetinaNet with a ResNet and its plain head; export it with Detectron2's own "
            "tools/deploy/export_model.py --format onnx --export-method tracing"
        )
    network = RetinaNet(state, config).eval()
    return network, {
        "adapter": "detectron",
        "format": "detectron2",
        "classes": network.classes,
        "names": [],
        "channels": network.setting("INPUT.FORMAT").lower(),
        "shortEdge": network.setting("INPUT.MIN_SIZE_TEST"),
        "longEdgeMax": network.setting("INPUT.MAX_SIZE_TEST"),
        "scoreFloor": network.setting("MODEL.RETINANET.SCORE_THRESH_TEST"),
        "iou": network.setting("MODEL.RETINANET.NMS_THRESH_TEST"),
        "maxDetections": network.setting("TEST.DETECTIONS_PER_IMAGE"),
    }
