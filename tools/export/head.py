"""The two detection heads of the YOLO family, decoded into boxes: `cx, cy, w, h` in input pixels.

The grids are computed from the sizes of the feature maps inside the graph, so height and width stay free.
"""

import torch


def anchored_boxes(head, features):
    """YOLOv5: [batch, rows, 5 + classes] with objectness, finest stride first, anchor by anchor, row by row.

    Centre = (2 s - 0.5 + cell) stride and side = (2 s)^2 anchor, s the sigmoid: the parametrisation that YOLOv5
    documents. The checkpoint keeps anchors in cells of their level.
    """
    levels = []
    for level, feature in enumerate(features):
        raw = head.m[level](feature)
        batch, _, height, width = raw.shape
        anchors = head.anchors[level] * head.stride[level]
        count = anchors.shape[0]
        s = raw.reshape(batch, count, head.nc + 5, height, width).permute(0, 1, 3, 4, 2).sigmoid()
        centre = (s[..., 0:2] * 2 - 0.5 + cells(height, width)) * head.stride[level]
        side = (s[..., 2:4] * 2) ** 2 * anchors.reshape(1, count, 1, 1, 2)
        rows = torch.cat((centre, side, s[..., 4:]), -1)
        levels.append(rows.reshape(batch, count * height * width, head.nc + 5))
    return torch.cat(levels, 1)


def anchor_free_boxes(head, features):
    """YOLOv8 and YOLO11: [batch, 4 + classes, cells], no objectness.

    Each side's distance from the cell's centre is the mean of a distribution over `reg_max` steps of one stride
    (Li et al., Generalized Focal Loss, 2020).
    """
    levels = []
    for level, feature in enumerate(features):
        batch, _, height, width = feature.shape
        many = height * width
        spread = head.cv2[level](feature).reshape(batch, 4, head.reg_max, many).softmax(2)
        steps = torch.arange(head.reg_max, dtype=spread.dtype).reshape(1, 1, -1, 1)
        distance = (spread * steps).sum(2)
        centre = (cells(height, width) + 0.5).reshape(1, many, 2).transpose(1, 2)
        first, last = centre - distance[:, 0:2], centre + distance[:, 2:4]
        boxes = torch.cat(((first + last) / 2, last - first), 1) * head.stride[level]
        scores = head.cv3[level](feature).reshape(batch, head.nc, many).sigmoid()
        levels.append(torch.cat((boxes, scores), 1))
    return torch.cat(levels, 2)


def cells(height, width):
    """[1, 1, height, width, 2]: column and row of each cell."""
    rows, columns = torch.meshgrid(
        torch.arange(height, dtype=torch.float32), torch.arange(width, dtype=torch.float32), indexing="ij"
    )
    return torch.stack((columns, rows), -1).reshape(1, 1, height, width, 2)
