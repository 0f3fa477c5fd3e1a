
  # y = x w' + b in float32, without a gradient, behind an activation unless that is "none"
  def onednn_linear(self, x: Tensor, w: Tensor, b: Optional[Tensor], activation: str, way: str) -> Tensor:
    if b is not None:
      b = b.contiguous()  # its stride isn't heeded
    return ops.mkldnn._linear_pointwise(x, w, b, activation, annotate(List[Optional[number]], []), way)

  def has_onednn(self) -> bool:
    return True
