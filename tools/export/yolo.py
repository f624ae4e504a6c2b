"""A YOLOv5, YOLOv8 or YOLO11 checkpoint as a network that can be exported."""

import torch
from torch import nn

from checkpoint import Layer
from layers import unknown_kinds


class Network(nn.Module):
    """RGB 0..1, [batch, 3, height, width] -> decoded rows. Runs the checkpoint's list of layers in its order."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.layers = model.model
        for layer in self.layers.modules():
            # Newer PyTorch asks old layers for what they had not yet.
            if isinstance(layer, nn.Upsample) and not hasattr(layer, "recompute_scale_factor"):
                layer.recompute_scale_factor = None

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        outputs = []
        x = images
        for layer in self.layers:
            sources = layer.f
            if isinstance(sources, int):
                x = layer(x if sources == -1 else outputs[sources])
            else:
                x = layer([x if source == -1 else outputs[source] for source in sources])
            outputs.append(x)
        return x


def read_yolo(checkpoint) -> tuple[Network, dict]:
    """The network in float32 and what it says of itself. Raises ValueError with a sentence for a person."""
    model = checkpoint.get("ema")
    if model is None:
        model = checkpoint.get("model")
    if not isinstance(model, Layer):
        raise ValueError("the checkpoint holds no model; an exported or quantised file cannot be exported again")
    unknown = unknown_kinds(model)
    if unknown:
        raise ValueError(
            f"the model has layers that this tool does not know: {', '.join(unknown)}; "
            "export it with the tool that trained it, with free axes, and put the ONNX file into a folder"
        )
    model.float().eval()
    head = model.model[-1]
    if type(head).__name__ != "Detect":
        raise ValueError(f"the last layer is {type(head).__name__}, and only Detect finds boxes")
    if getattr(head, "one2one_cv2", None) is not None or getattr(head, "end2end", False):
        raise ValueError("the head has two branches and does without suppression, which this tool does not know")
    names = model.names if isinstance(model.names, dict) else dict(enumerate(model.names))
    stride = int(max(float(step) for step in head.stride))
    return Network(model).eval(), {
        "adapter": "yolo",
        "format": "yolov5" if "anchors" in head._buffers else "ultralytics",
        "classes": int(head.nc),
        "names": [str(names.get(index, f"class_{index}")) for index in range(int(head.nc))],
        "stride": stride,
    }
