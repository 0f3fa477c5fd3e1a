# TorchScript, loaded from this text (see TorchScriptArchive). Sublayers as single calls: what DJL's own operators lack
# (fused attention, tanh GELU, fused AdamW), and intermediate results that are freed at once. Weights are arguments;
# the forward pass itself is Java. Shapes: B batch, T time, C model width, H units of an FF sublayer, V vocabulary.
class Kernels(Module):

  # ---- elementwise

  def activation(self, x: Tensor, name: str) -> Tensor:
    if name == "gelu_new" or name == "gelu_pytorch_tanh":
      y = torch.gelu(x, approximate="tanh")
    elif name == "gelu":
      y = torch.gelu(x)
    elif name == "relu":
      y = torch.relu(x)
    elif name == "silu" or name == "swish":
      y = torch.silu(x)
    elif name == "quick_gelu":
      y = x * torch.sigmoid(1.702 * x)
    else:
      raise AssertionError("unknown activation")
    return y

  def residual(self, x: Tensor, sublayer: Tensor, dropout: float) -> Tensor:
    return x + torch.dropout(sublayer, dropout, dropout > 0.)

  # copies values in place, across devices too
  def assign(self, target: Tensor, values: Tensor) -> NoneType:
    target.copy_(values)
    return None

  # ---- GPT-2: Conv1D weights are [in, out]

  # ids [B, T] -> [B, T, C]
  def gpt2_embed(self, ids: Tensor, tokens: Tensor, positions: Tensor, dropout: float) -> Tensor:
    x = torch.embedding(tokens, ids) + positions[:ids.size(1)]
    return torch.dropout(x, dropout, dropout > 0.)

  # x [B, T, C] -> output of the attention sublayer before the residual [B, T, C]
  def gpt2_attention(self, x: Tensor, norm_w: Tensor, norm_b: Tensor, eps: float, qkv_w: Tensor, qkv_b: Tensor,
                     out_w: Tensor, out_b: Tensor, heads: int, dropout: float) -> Tensor:
    B, T, C = x.size()
    h = torch.layer_norm(x, [C], norm_w, norm_b, eps)
    qkv = torch.addmm(qkv_b, h.view([-1, C]), qkv_w).view([B, T, 3, heads, C // heads]).permute([2, 0, 3, 1, 4])
    a = torch.scaled_dot_product_attention(qkv[0], qkv[1], qkv[2], None, dropout, True)
    return torch.addmm(out_b, a.transpose(1, 2).reshape([B * T, C]), out_w).view([B, T, C])

  # x [B, T, C] -> units before the activation [B, T, H]
  def gpt2_up(self, x: Tensor, norm_w: Tensor, norm_b: Tensor, eps: float, w: Tensor, b: Tensor) -> Tensor:
    B, T, C = x.size()
    h = torch.layer_norm(x, [C], norm_w, norm_b, eps)
    return torch.addmm(b, h.view([-1, C]), w).view([B, T, w.size(1)])

  # units [B, T, H] -> [B, T, C]
  def gpt2_down(self, units: Tensor, name: str, w: Tensor, b: Tensor) -> Tensor:
    B, T, H = units.size()
    return torch.addmm(b, self.activation(units, name).view([-1, H]), w).view([B, T, w.size(1)])

  # ---- ViT: weights are [out, in]

  # pixels [B, channels, height, width] of uint8; mean, deviation [channels, 1, 1] of pixels times factor;
  # patch [C, channels, patch height, patch width]; class token [1, 1, C]; positions [1, T, C] -> [B, T, C]
  def vit_embed(self, pixels: Tensor, factor: float, mean: Tensor, deviation: Tensor, patch_w: Tensor, patch_b: Tensor,
                class_token: Tensor, positions: Tensor, dropout: float) -> Tensor:
    x = (pixels.to(6) * factor - mean) / deviation
    patches = torch.conv2d(x, patch_w, patch_b, [patch_w.size(2), patch_w.size(3)]).flatten(2).transpose(1, 2)
    x = torch.cat([class_token.expand([pixels.size(0), -1, -1]), patches], 1) + positions
    return torch.dropout(x, dropout, dropout > 0.)

  # x [B, T, C] -> output of the attention sublayer before the residual [B, T, C]
  def vit_attention(self, x: Tensor, norm_w: Tensor, norm_b: Tensor, eps: float, q_w: Tensor, q_b: Tensor,
                    k_w: Tensor, k_b: Tensor, v_w: Tensor, v_b: Tensor, out_w: Tensor, out_b: Tensor, heads: int,
                    dropout: float) -> Tensor:
    B, T, C = x.size()
    h = torch.layer_norm(x, [C], norm_w, norm_b, eps)
    q = torch.linear(h, q_w, q_b).view([B, T, heads, C // heads]).transpose(1, 2)
    k = torch.linear(h, k_w, k_b).view([B, T, heads, C // heads]).transpose(1, 2)
    v = torch.linear(h, v_w, v_b).view([B, T, heads, C // heads]).transpose(1, 2)
    a = torch.scaled_dot_product_attention(q, k, v, None, dropout, False)
    return torch.linear(a.transpose(1, 2).reshape([B, T, C]), out_w, out_b)

  # x [B, T, C] -> units before the activation [B, T, H]
  def vit_up(self, x: Tensor, norm_w: Tensor, norm_b: Tensor, eps: float, w: Tensor, b: Tensor) -> Tensor:
    return torch.linear(torch.layer_norm(x, [x.size(2)], norm_w, norm_b, eps), w, b)

  # units [B, T, H] -> [B, T, C]
  def vit_down(self, units: Tensor, name: str, w: Tensor, b: Tensor) -> Tensor:
    return torch.linear(self.activation(units, name), w, b)

  # ---- image classification head

  # x [B, T, C] -> scores of the classes, from the class token [B, classes]
  def class_logits(self, x: Tensor, norm_w: Tensor, norm_b: Tensor, eps: float, w: Tensor, b: Tensor) -> Tensor:
    return torch.linear(torch.layer_norm(x[:, 0], [x.size(2)], norm_w, norm_b, eps), w, b)

  # mean negative log-likelihood of the images' classes: a scalar
  def mean_class_loss(self, x: Tensor, norm_w: Tensor, norm_b: Tensor, eps: float, w: Tensor, b: Tensor,
                      classes: Tensor) -> Tensor:
    return torch.cross_entropy_loss(self.class_logits(x, norm_w, norm_b, eps, w, b), classes)

  # ---- language modelling head

  # x [B, T, C] -> logits [B, T, V]
  def logits(self, x: Tensor, norm_w: Tensor, norm_b: Tensor, eps: float, head: Tensor) -> Tensor:
    return torch.matmul(torch.layer_norm(x, [x.size(2)], norm_w, norm_b, eps), head.t())

  # negative log-likelihood of the tokens at positions first .. T-1, each given those before it: [B, T - first].
  # The logits of only so many rows exist at a time.
  def token_losses(self, x: Tensor, norm_w: Tensor, norm_b: Tensor, eps: float, head: Tensor, ids: Tensor,
                   first: int, rows: int) -> Tensor:
    B, T, C = x.size()
    h = torch.layer_norm(x[:, first - 1 : T - 1], [C], norm_w, norm_b, eps).reshape([-1, C])
    targets = ids[:, first:].reshape([-1])
    losses = annotate(List[Tensor], [])
    for start in range(0, h.size(0), rows):
      logits = torch.matmul(h[start : start + rows], head.t())
      losses.append(torch.cross_entropy_loss(logits, targets[start : start + rows], None, 0))
    return torch.cat(losses).view([B, T - first])

  # mean negative log-likelihood of all tokens but each row's first: a scalar
  def mean_token_loss(self, x: Tensor, norm_w: Tensor, norm_b: Tensor, eps: float, head: Tensor, ids: Tensor) -> Tensor:
    B, T, C = x.size()
    h = torch.layer_norm(x[:, :T - 1], [C], norm_w, norm_b, eps).reshape([-1, C])
    return torch.cross_entropy_loss(torch.matmul(h, head.t()), ids[:, 1:].reshape([-1]))

  # ---- statistics, in float64

  # adds x' y to a running sum; x [N, P], y [N, Q], sum [P, Q]
  def add_product(self, sum: Tensor, x: Tensor, y: Tensor) -> Tensor:
    return sum.addmm_(x.t(), y)

  # ---- optimizer

  # one AdamW step with decoupled decay; every list has one entry a parameter
  def adamw(self, parameters: List[Tensor], gradients: List[Tensor], means: List[Tensor], squares: List[Tensor],
            steps: List[Tensor], rate: float, beta1: float, beta2: float, decay: float, eps: float) -> NoneType:
    torch._foreach_add_(steps, 1)
    torch._fused_adamw_(parameters, gradients, means, squares, annotate(List[Tensor], []), steps, lr=rate,
                        beta1=beta1, beta2=beta2, weight_decay=decay, eps=eps, amsgrad=False, maximize=False)
    return None

  # scales the gradients so that their joint norm is at most `limit`; returns the norm before
  def clip(self, gradients: List[Tensor], limit: float) -> Tensor:
    norm = torch.norm(torch.stack(torch._foreach_norm(gradients, 2)))
    torch._foreach_mul_(gradients, torch.clamp(limit / (norm + 1e-6), max=1.0))
    return norm
