# TorchScript, loaded from this text where libtorch has CUDA; a build without has none of these operators.
class Cuda(Module):
  __parameters__ = []
  __buffers__ = []
  products : int

  # how many GPUs libtorch sees
  def device_count(self) -> int:
    return ops.cuda.device_count()
