"""Trains the demo detector on the arrays that make-training-set.ts wrote, and stores its weights.

Responsible for matching anchors to truths, the loss, the augmentation and the schedule. It draws no scenes and
writes no ONNX. Seeds are fixed; PyTorch promises equal figures only on an equal build and thread count.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from network import ANCHORS, SIDE, STRIDES, Detector, decode

# A truth is given to every anchor whose side differs from its own by less than this factor.
SIDE_FACTOR_MAX = 1.6


def read_set(folder: Path) -> tuple[np.ndarray, list[np.ndarray]]:
    """[count, SIDE, SIDE, 3] bytes, and for each picture its rows of (class, x1, y1, x2, y2)."""
    about = json.loads((folder / "set.json").read_text())
    shape = (about["count"], about["side"], about["side"], 3)
    pictures = np.memmap(folder / "pictures.u8", np.uint8, "r", shape=shape)
    truths = np.fromfile(folder / "truths.f32", np.float32).reshape(-1, 6)
    starts = np.searchsorted(truths[:, 0], np.arange(about["count"] + 1))
    return pictures, [truths[a:b, 1:] for a, b in zip(starts, starts[1:])]


def zoom_out(image: np.ndarray, truths: np.ndarray, rng: np.random.Generator):
    """Shrinks the picture onto grey: wide and distant pictures show shapes smaller than the scenes do."""
    side = int(rng.integers(SIDE * 6 // 10, SIDE))
    left, top = rng.integers(0, SIDE - side + 1, 2)
    planes = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))[None]
    shrunk = F.interpolate(planes, (side, side), mode="bilinear", align_corners=False, antialias=True)[0]
    canvas = np.full_like(image, 114)
    canvas[top : top + side, left : left + side] = shrunk.permute(1, 2, 0).numpy()
    truths[:, 1:] = truths[:, 1:] * (side / SIDE) + np.array([left, top, left, top], np.float32)
    return canvas, truths


def augment(picture: np.ndarray, truths: np.ndarray, rng: np.random.Generator):
    """Mirrors, shrinks, permutes the channels, shifts light and contrast, adds noise or takes it away."""
    image = picture.astype(np.float32)
    truths = truths.copy()
    if rng.random() < 0.5:
        image = image[:, ::-1]
        truths[:, [1, 3]] = SIDE - truths[:, [3, 1]]
    if rng.random() < 0.3:
        image, truths = zoom_out(image, truths, rng)
    if rng.random() < 0.7:
        image = image[:, :, rng.permutation(3)]
    if rng.random() < 0.1:
        image = 255 - image
    if rng.random() < 0.5:
        image = (image - 114) * rng.uniform(0.6, 1.2) + 114 + rng.uniform(-25, 25)
    if rng.random() < 0.3:
        image = image + rng.normal(0, rng.uniform(1, 10), image.shape)
    if rng.random() < 0.2:
        image = (image + np.roll(image, 1, 0) + np.roll(image, 1, 1) + np.roll(image, (1, 1), (0, 1))) / 4
        truths[:, 1:] += 0.5
    return np.clip(image, 0, 255) / 255, truths


def batches(pictures, truths, size: int, rng: np.random.Generator):
    """Each picture once, in a new order: images [size, 3, SIDE, SIDE] and rows (place, class, x1, y1, x2, y2)."""
    order = rng.permutation(len(truths))
    for start in range(0, len(order) - size + 1, size):
        images, rows = [], []
        for place, index in enumerate(np.sort(order[start : start + size])):
            image, found = augment(pictures[index], truths[index], rng)
            images.append(image.transpose(2, 0, 1))
            rows.append(np.concatenate((np.full((len(found), 1), place, np.float32), found), 1))
        yield torch.from_numpy(np.stack(images).astype(np.float32)), torch.from_numpy(np.concatenate(rows))


def match(rows: torch.Tensor) -> torch.Tensor:
    """Truth rows -> places in the decoded output: int64 [matches, 3] of (picture, output row, truth).

    A truth belongs to the cell that holds its centre and to the nearest neighbour across and down, at every
    anchor of a like size: three cells teach faster than one, and the centre's parametrisation reaches that far.
    """
    found, first = [], 0
    centre = (rows[:, 2:4] + rows[:, 4:6]) / 2
    side = (rows[:, 4] - rows[:, 2]).clamp(min=1)
    for stride, sides in zip(STRIDES, ANCHORS):
        cells = SIDE // stride
        place = centre / stride
        own = place.floor()
        toward = torch.where(place - own < 0.5, -1.0, 1.0)
        steps = (torch.zeros_like(own), toward * torch.tensor([1.0, 0.0]), toward * torch.tensor([0.0, 1.0]))
        for step in steps:
            cell = (own + step).long()
            inside = ((cell >= 0) & (cell < cells)).all(1)
            for number, anchor in enumerate(sides):
                like = torch.maximum(side / anchor, anchor / side) < SIDE_FACTOR_MAX
                truth = torch.nonzero(inside & like).flatten()
                output = first + number * cells**2 + cell[truth, 1] * cells + cell[truth, 0]
                found.append(torch.stack((rows[truth, 0].long(), output, truth), 1))
        first += len(sides) * cells**2
    return torch.cat(found)


def generalised_iou(cxcywh: torch.Tensor, xyxy: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(IoU, GIoU) of paired boxes, [n] each. Formula: Rezatofighi et al., 2019, arXiv 1902.09630."""
    low, high = cxcywh[:, :2] - cxcywh[:, 2:] / 2, cxcywh[:, :2] + cxcywh[:, 2:] / 2
    shared = (torch.minimum(high, xyxy[:, 2:]) - torch.maximum(low, xyxy[:, :2])).clamp(min=0).prod(1)
    union = (high - low).prod(1) + (xyxy[:, 2:] - xyxy[:, :2]).prod(1) - shared + 1e-6
    hull = (torch.maximum(high, xyxy[:, 2:]) - torch.minimum(low, xyxy[:, :2])).prod(1) + 1e-6
    iou = shared / union
    return iou, iou - (hull - union) / hull


def loss_of(raws: list[torch.Tensor], rows: torch.Tensor) -> torch.Tensor:
    logits = torch.cat([raw.permute(0, 1, 3, 4, 2).flatten(1, 3) for raw in raws], 1)
    picture, output, truth = match(rows).t()
    decoded = decode(raws)[picture, output]
    iou, giou = generalised_iou(decoded[:, :4], rows[truth, 2:6])
    kinds = F.one_hot(rows[truth, 1].long(), 3).float()
    class_loss = F.binary_cross_entropy_with_logits(logits[picture, output][:, 5:], kinds)
    objectness = torch.zeros(logits.shape[:2])
    # A match whose box is still poor counts as half a find, so that good boxes outrank their neighbours.
    objectness[picture, output] = 0.5 + 0.5 * iou.detach()
    found_loss = F.binary_cross_entropy_with_logits(logits[..., 4], objectness, reduction="sum")
    return 4 * (1 - giou).mean() + class_loss + 2 * found_loss / max(len(picture), 1)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="where the weights go, a .pt file")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=2e-3)
    options = parser.parse_args()

    torch.manual_seed(0)
    torch.set_num_threads(2)
    torch.use_deterministic_algorithms(True)
    rng = np.random.default_rng(0)
    pictures, truths = read_set(options.data)
    model = Detector().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(model.parameters(), lr=options.rate, weight_decay=1e-3)
    steps = options.epochs * (len(truths) // options.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, options.rate, total_steps=steps, pct_start=0.1)
    began = time.monotonic()
    for epoch in range(options.epochs):
        losses = []
        for images, rows in batches(pictures, truths, options.batch, rng):
            optimiser.zero_grad()
            loss = loss_of(model(images.to(memory_format=torch.channels_last)), rows)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 10)
            optimiser.step()
            schedule.step()
            losses.append(loss.item())
        torch.save(model.state_dict(), options.out)
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}, {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
