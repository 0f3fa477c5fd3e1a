
  # for a libtorch without oneDNN, where nothing is faster than its own
  def onednn_linear(self, x: Tensor, w: Tensor, b: Optional[Tensor], activation: str, way: str) -> Tensor:
    raise AssertionError("libtorch has no oneDNN")

  def has_onednn(self) -> bool:
    return False
