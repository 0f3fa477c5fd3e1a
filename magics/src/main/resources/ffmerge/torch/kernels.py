# TorchScript, loaded from this text (see TorchScriptArchive). Sublayers as single calls: what DJL's own operators lack
# (fused attention, tanh GELU, fused AdamW), and intermediate results that are freed at once. Weights are arguments;
# the forward pass itself is Java. Shapes: B batch, T time, C model width, H units of an FF sublayer, V vocabulary.
class Kernels(Module):
  __parameters__ = []
  __buffers__ = []
  products : int

  # ---- precision, as torch.autocast has it: products are done in the type `products` (6 float32, 15 bfloat16, 5 float16),
  # or in their weight's own where that is held in less than float32. The sum that runs through the layers, norms,
  # softmax, rotary positions and losses are float32

  def product_type(self, w: Tensor) -> int:
    if self.products == 6:
      t = w.dtype
    else:
      t = self.products
    return t

  # w [out, in]
  def linear(self, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
    t = self.product_type(w)
    if b is None:
      y = torch.linear(x.to(t), w.to(t))
    else:
      y = torch.linear(x.to(t), w.to(t), b.to(t))
    return y

  # x [rows, in], w [in, out]
  def conv1d(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
    t = self.product_type(w)
    return torch.addmm(b.to(t), x.to(t), w.to(t))

  # in float32, whatever the table is held in
  def embed(self, ids: Tensor, table: Tensor, padding: int) -> Tensor:
    return torch.embedding(table, ids, padding).to(6)

  def layer_norm(self, x: Tensor, w: Tensor, b: Tensor, eps: float) -> Tensor:
    return torch.layer_norm(x.to(6), [x.size(-1)], w, b, eps)

  def float32(self, x: Tensor) -> Tensor:
    return x.to(6)

  # ---- memory of types that DJL doesn't know, and of those that it does

  # without values; on the device of `like`
  def empty(self, sizes: List[int], dtype: int, like: Tensor) -> Tensor:
    return torch.empty(sizes, dtype=dtype, device=like.device)

  # a copy even where nothing changes
  def copied(self, x: Tensor, dtype: int, like: Tensor) -> Tensor:
    return x.detach().to(dtype=dtype, device=like.device, copy=True)

  # a copy of the same type on the device of `like`
  def moved(self, x: Tensor, like: Tensor) -> Tensor:
    return x.to(dtype=x.dtype, device=like.device, copy=True)

  # finite only where every value is
  def sum(self, x: Tensor) -> Tensor:
    return torch.sum(x, dtype=6)

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

  def joined(self, parts: List[Tensor]) -> Tensor:
    return torch.cat(parts)

  def select(self, x: Tensor, axis: int, places: Tensor) -> Tensor:
    return torch.index_select(x, axis, places)

  # ---- GPT-2: Conv1D weights are [in, out]

  # ids [B, T] -> [B, T, C]
  def gpt2_embed(self, ids: Tensor, tokens: Tensor, positions: Tensor, dropout: float) -> Tensor:
    x = self.embed(ids, tokens, -1) + positions[:ids.size(1)]
    return torch.dropout(x, dropout, dropout > 0.)

  # x [B, T, C] -> output of the attention sublayer before the residual [B, T, C]
  def gpt2_attention(self, x: Tensor, norm_w: Tensor, norm_b: Tensor, eps: float, qkv_w: Tensor, qkv_b: Tensor,
                     out_w: Tensor, out_b: Tensor, heads: int, dropout: float) -> Tensor:
    B, T, C = x.size()
    h = self.layer_norm(x, norm_w, norm_b, eps)
    qkv = self.conv1d(h.view([-1, C]), qkv_w, qkv_b).view([B, T, 3, heads, C // heads]).permute([2, 0, 3, 1, 4])
    a = torch.scaled_dot_product_attention(qkv[0], qkv[1], qkv[2], None, dropout, True)
    return self.conv1d(a.transpose(1, 2).reshape([B * T, C]), out_w, out_b).view([B, T, C])

  # x [B, T, C] -> units before the activation [B, T, H]
  def gpt2_up(self, x: Tensor, norm_w: Tensor, norm_b: Tensor, eps: float, w: Tensor, b: Tensor) -> Tensor:
    B, T, C = x.size()
    h = self.layer_norm(x, norm_w, norm_b, eps)
    return self.conv1d(h.view([-1, C]), w, b).view([B, T, w.size(1)])

  # units [B, T, H] -> [B, T, C]
  def gpt2_down(self, units: Tensor, name: str, w: Tensor, b: Tensor) -> Tensor:
    B, T, H = units.size()
    return self.conv1d(self.activation(units, name).view([-1, H]), w, b).view([B, T, w.size(1)])

  # ---- ViT: weights are [out, in]

  # pixels [B, channels, height, width] of uint8; mean, deviation [channels, 1, 1] of pixels times factor;
  # patch [C, channels, patch height, patch width]; class token [1, 1, C]; positions [1, T, C] -> [B, T, C]
  def vit_embed(self, pixels: Tensor, factor: float, mean: Tensor, deviation: Tensor, patch_w: Tensor, patch_b: Tensor,
                class_token: Tensor, positions: Tensor, dropout: float) -> Tensor:
    x = (pixels.to(6) * factor - mean) / deviation
    t = self.product_type(patch_w)
    patches = torch.conv2d(x.to(t), patch_w.to(t), patch_b.to(t), [patch_w.size(2), patch_w.size(3)])
    patches = patches.to(6).flatten(2).transpose(1, 2)
    x = torch.cat([class_token.to(6).expand([pixels.size(0), -1, -1]), patches], 1) + positions
    return torch.dropout(x, dropout, dropout > 0.)

  # x [B, T, C] -> output of the attention sublayer before the residual [B, T, C]
  def vit_attention(self, x: Tensor, norm_w: Tensor, norm_b: Tensor, eps: float, q_w: Tensor, q_b: Tensor,
                    k_w: Tensor, k_b: Tensor, v_w: Tensor, v_b: Tensor, out_w: Tensor, out_b: Tensor, heads: int,
                    dropout: float) -> Tensor:
    B, T, C = x.size()
    h = self.layer_norm(x, norm_w, norm_b, eps)
    q = self.heads(h, q_w, q_b, heads)
    k = self.heads(h, k_w, k_b, heads)
    v = self.heads(h, v_w, v_b, heads)
    a = torch.scaled_dot_product_attention(q, k, v, None, dropout, False)
    return self.linear(a.transpose(1, 2).reshape([B, T, C]), out_w, out_b)

  # x [B, T, C] -> units before the activation [B, T, H]
  def vit_up(self, x: Tensor, norm_w: Tensor, norm_b: Tensor, eps: float, w: Tensor, b: Tensor) -> Tensor:
    return self.linear(self.layer_norm(x, norm_w, norm_b, eps), w, b)

  # units [B, T, H] -> [B, T, C]
  def vit_down(self, units: Tensor, name: str, w: Tensor, b: Tensor) -> Tensor:
    return self.linear(self.activation(units, name), w, b)

  # ---- image classification head

  # x [B, T, C] -> scores of the classes, from the class token [B, classes]
  def class_logits(self, x: Tensor, norm_w: Tensor, norm_b: Tensor, eps: float, w: Tensor, b: Tensor) -> Tensor:
    return self.linear(self.layer_norm(x[:, 0], norm_w, norm_b, eps), w, b).to(6)

  # mean negative log-likelihood of the images' classes: a scalar
  def mean_class_loss(self, x: Tensor, norm_w: Tensor, norm_b: Tensor, eps: float, w: Tensor, b: Tensor,
                      classes: Tensor) -> Tensor:
    return torch.cross_entropy_loss(self.class_logits(x, norm_w, norm_b, eps, w, b), classes)

  # ---- language modelling head

  # x [B, T, C] -> logits [B, T, V]
  def logits(self, x: Tensor, norm_w: Tensor, norm_b: Tensor, eps: float, head: Tensor) -> Tensor:
    return self.linear(self.layer_norm(x, norm_w, norm_b, eps), head, None).to(6)

  # h [N, C], targets [N] -> losses [N]; the logits of only so many rows exist at a time
  def row_losses(self, h: Tensor, head: Tensor, targets: Tensor, rows: int) -> Tensor:
    head = head.to(self.product_type(head))
    losses = annotate(List[Tensor], [])
    for start in range(0, h.size(0), rows):
      logits = self.linear(h[start : start + rows], head, None).to(6)
      losses.append(torch.cross_entropy_loss(logits, targets[start : start + rows], None, 0))
    return torch.cat(losses)

  # negative log-likelihood of the tokens at positions first .. T-1, each given those before it: [B, T - first]
  def token_losses(self, x: Tensor, norm_w: Tensor, norm_b: Tensor, eps: float, head: Tensor, ids: Tensor,
                   first: int, rows: int) -> Tensor:
    B, T, C = x.size()
    h = self.layer_norm(x[:, first - 1 : T - 1], norm_w, norm_b, eps).reshape([-1, C])
    return self.row_losses(h, head, ids[:, first:].reshape([-1]), rows).view([B, T - first])

  # mean negative log-likelihood of all tokens but each row's first: a scalar
  def mean_token_loss(self, x: Tensor, norm_w: Tensor, norm_b: Tensor, eps: float, head: Tensor, ids: Tensor,
                      smoothing: float) -> Tensor:
    B, T, C = x.size()
    h = self.layer_norm(x[:, :T - 1], norm_w, norm_b, eps).reshape([-1, C])
    logits = self.linear(h, head, None).to(6)
    return torch.cross_entropy_loss(logits, ids[:, 1:].reshape([-1]), None, 1, -100, smoothing)

  # ---- Marian: linear weights are [out, in], norms stand behind the sum with the residual.
  # S source time, N heads, D width of a head, R rows that are decoded at once: each beam of each sentence

  # ids [B, T] at the positions from `first` on -> [B, T, C]; no gradient reaches the padding token's row
  def marian_embed(self, ids: Tensor, tokens: Tensor, positions: Tensor, first: int, padding: int, scale: float,
                   dropout: float) -> Tensor:
    x = self.embed(ids, tokens, padding) * scale + positions[first : first + ids.size(1)]
    return torch.dropout(x, dropout, dropout > 0.)

  # x [B, T, C] -> [B, N, T, D]
  def heads(self, x: Tensor, w: Tensor, b: Tensor, heads: int) -> Tensor:
    B, T, C = x.size()
    return self.linear(x, w, b).view([B, T, heads, C // heads]).transpose(1, 2)

  # queries from x [B, T, C], keys and values from memory [B, S, C] -> the sublayer's output [B, T, C]
  def attend(self, x: Tensor, memory: Tensor, w: List[Tensor], mask: Optional[Tensor], causal: bool, heads: int,
             dropout: float) -> Tensor:
    q_w, q_b, k_w, k_b, v_w, v_b, out_w, out_b = w
    q = self.heads(x, q_w, q_b, heads)
    k = self.heads(memory, k_w, k_b, heads)
    v = self.heads(memory, v_w, v_b, heads)
    a = torch.scaled_dot_product_attention(q, k, v, mask, dropout, causal)
    return self.linear(a.transpose(1, 2).reshape(x.size()), out_w, out_b)

  # mask [B, 1, 1, S], true where memory may be looked at
  def masked_attention(self, x: Tensor, memory: Tensor, mask: Tensor, w: List[Tensor], heads: int,
                       dropout: float) -> Tensor:
    return self.attend(x, memory, w, mask, False, heads, dropout)

  def causal_attention(self, x: Tensor, w: List[Tensor], heads: int, dropout: float) -> Tensor:
    return self.attend(x, x, w, None, True, heads, dropout)

  def post_norm(self, x: Tensor, sublayer: Tensor, w: Tensor, b: Tensor, dropout: float) -> Tensor:
    return self.layer_norm(self.residual(x, sublayer, dropout), w, b, 1e-5)

  # units [B, T, H] -> [B, T, C]
  def marian_down(self, units: Tensor, name: str, w: Tensor, b: Tensor, dropout: float) -> Tensor:
    return self.linear(torch.dropout(self.activation(units, name), dropout, dropout > 0.), w, b)

  # rows of x [B, T, W] counted over batch and time -> [rows, W]
  def rows(self, x: Tensor, places: Tensor) -> Tensor:
    return torch.index_select(x.reshape([-1, x.size(-1)]), 0, places)

  # bias [1, V] -> logits [B, T, V]
  def biased_logits(self, x: Tensor, head: Tensor, bias: Tensor) -> Tensor:
    return self.linear(x, head, bias.view([-1])).to(6)

  # mean over the targets [B, T] that aren't -100: a scalar
  def target_loss(self, x: Tensor, head: Tensor, bias: Tensor, targets: Tensor, smoothing: float) -> Tensor:
    logits = self.biased_logits(x, head, bias).view([-1, head.size(0)])
    return torch.cross_entropy_loss(logits, targets.view([-1]), None, 1, -100, smoothing)

  # memory [B, S, C] -> its keys and values for a decoder layer [2, B, N, S, D]
  def keys_values(self, memory: Tensor, w: List[Tensor], heads: int) -> Tensor:
    k_w, k_b, v_w, v_b = w
    return torch.stack([self.heads(memory, k_w, k_b, heads), self.heads(memory, v_w, v_b, heads)])

  # One token further through a decoder layer: x [R, C] and the keys and values of the tokens before it, `past`
  # [2, rows before, N, T, D], of which row i continues row order[i]. A sentence's rows share its `source`
  # [2, B, N, S, D]: they stand where attention has its query times. -> x after the layer, past with this token
  def marian_step(self, x: Tensor, past: Tensor, order: Tensor, source: Tensor, mask: Tensor, w: List[Tensor],
                  name: str, heads: int) -> List[Tensor]:
    qkv_w, qkv_b, out_w, out_b, norm_w, norm_b, q_w, q_b, source_w, source_b, source_norm_w, source_norm_b, up_w, up_b, down_w, down_b, last_w, last_b = w
    R, C = x.size()
    B = mask.size(0)
    qkv = self.linear(x, qkv_w, qkv_b).view([R, 3, heads, 1, C // heads])
    kv = torch.cat([torch.index_select(past, 1, order).type_as(qkv), qkv[:, 1:].transpose(0, 1)], 3)
    a = torch.scaled_dot_product_attention(qkv[:, 0], kv[0], kv[1])
    h = self.post_norm(x, self.linear(a.reshape([R, C]), out_w, out_b), norm_w, norm_b, 0.)
    q = self.linear(h, q_w, q_b).view([B, R // B, heads, C // heads]).transpose(1, 2)
    a = torch.scaled_dot_product_attention(q, source[0], source[1], mask)
    h = self.post_norm(h, self.linear(a.transpose(1, 2).reshape([R, C]), source_w, source_b), source_norm_w,
                       source_norm_b, 0.)
    f = self.linear(self.activation(self.linear(h, up_w, up_b), name), down_w, down_b)
    return [self.post_norm(h, f, last_w, last_b, 0.), kv]

  # The best continuations of each sentence by the scores [R, V] of the next tokens, with `so_far` [R] before them -> [B,
  # count] summed log-probabilities and which they are, as row of the sentence * V + token. A forced token is the only one
  # possible; -1 for none.
  def best_continuations(self, scores: Tensor, so_far: Tensor, banned: Tensor, forced: int, sentences: int,
                         count: int) -> List[Tensor]:
    p = torch.log_softmax(scores, -1)
    if banned.size(0) > 0:
      p = torch.index_fill(p, 1, banned, float("-inf"))
    if forced >= 0:
      p = torch.full_like(p, float("-inf"))
      torch.fill_(p[:, forced], 0.)
    best, which = torch.topk((p + so_far.unsqueeze(1)).view([sentences, -1]), count)
    return [best, which]

  # ---- NF4 (Dettmers et al. 2023, QLoRA) as bitsandbytes keeps it: values in blocks of 64, each scaled by its largest one;
  # these scales, less their mean, in blocks of 256 as 8-bit codes, scaled by their largest one again. By name: `packed`
  # two values a byte, the first in the upper half; `scales`, `scale_maxima`, `scale_mean`; and the same for all weights:
  # `pairs` [256, 2], the values of each byte, and `codes` [256], those of the scales

  # `pairs` and `codes`
  def nf4_tables(self) -> List[Tensor]:
    # quantiles of a normal distribution, brought to -1 … 1, zero among them
    values = torch.tensor([-1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453, -0.28444138169288635,
                           -0.18477343022823334, -0.09105003625154495, 0.0, 0.07958029955625534, 0.16093020141124725,
                           0.24611230194568634, 0.33791524171829224, 0.44070982933044434, 0.5626170039176941,
                           0.7229568362236023, 1.0], dtype=6)
    pairs = torch.stack([torch.repeat_interleave(values, 16), values.repeat([16])], 1)
    # a sign, a decade and as many fractions as its bits are left for: 127 of each sign, zero and one (Dettmers 2016)
    codes = [torch.tensor([0., 1.], dtype=6)]
    for decade in range(7):
      edges = torch.linspace(0.1, 1., (1 << decade) + 1, dtype=6)
      fractions = 10. ** float(decade - 6) * ((edges[:-1] + edges[1:]) / 2.)
      codes.append(fractions)
      codes.append(-fractions)
    return [pairs, torch.sort(torch.cat(codes))[0]]

  # x in rows of `block`, the last one filled up with zeros
  def blocks(self, x: Tensor, block: int) -> Tensor:
    missing = (block - x.numel() % block) % block
    return torch.constant_pad_nd(x.reshape([-1]), [0, missing]).view([-1, block])

  # x [blocks, size] -> the nearest of the ascending `values` to each element over the largest of its block, and the
  # largest ones
  def nearest(self, x: Tensor, values: Tensor) -> Tuple[Tensor, Tensor]:
    largest = torch.amax(torch.abs(x), [1])
    scaled = torch.clamp(x * torch.reciprocal(torch.clamp(largest, min=1e-38)).unsqueeze(1), -1., 1.)
    return torch.bucketize(scaled, (values[:-1] + values[1:]) / 2., out_int32=True), largest

  # w of any shape -> packed, scales, scale_maxima, scale_mean. It is done part by part into results that are there
  # before: a weight's worth of intermediate results between them would leave memory in pieces that nothing fits into
  def nf4_quantize(self, w: Tensor, pairs: Tensor, codes: Tensor) -> List[Tensor]:
    flat = w.reshape([-1])
    n = flat.size(0)
    packed = torch.empty([(n + 1) // 2], dtype=0, device=w.device)
    largest = torch.empty([(n + 63) // 64], dtype=6, device=w.device)
    for start in range(0, n, 262144):
      places, part = self.nearest(self.blocks(flat[start : start + 262144].to(6), 64), pairs[:16, 1])
      places = places.view([-1, 2])
      bytes = (places[:, 0] * 16 + places[:, 1]).to(0)
      into = packed[start // 2 : start // 2 + bytes.size(0)]
      into.copy_(bytes[: into.size(0)])
      largest[start // 64 : start // 64 + part.size(0)].copy_(part)
    mean = torch.mean(largest)
    scales, maxima = self.nearest(self.blocks(largest - mean, 256), codes)
    return [packed, scales.view([-1]).to(0)[: largest.size(0)].clone(), maxima, mean]

  # blocks first … last - 1 of a weight -> their values in a row; of an odd number of values one too many
  def nf4_values(self, w: Dict[str, Tensor], first: int, last: int) -> Tensor:
    scales = torch.index_select(w["codes"], 0, w["scales"][first:last].to(3))
    scales = scales * torch.repeat_interleave(w["scale_maxima"], 256)[first:last] + w["scale_mean"]
    values = torch.embedding(w["pairs"], w["packed"][first * 32 : last * 32].to(3)).view([-1])
    if values.size(0) == 64 * scales.size(0):
      values = values.view([-1, 64]).mul_(scales.unsqueeze(1)).view([-1])
    else:
      values = values * torch.repeat_interleave(scales, 64)[: values.size(0)]
    return values

  # ---- linear maps, by name: `weight` [O, I] or its parts in NF4, `bias` if there is one, and where an adapter (LoRA, Hu
  # et al. 2021) is: `lora_A` [R, I], `lora_B` [O, R], what their product is scaled by, and dropout in training

  def linear_weight(self, w: Dict[str, Tensor], columns: int) -> Tensor:
    if "packed" in w:
      values = self.nf4_values(w, 0, w["scales"].size(0))
      rows = values.size(0) // columns
      weight = values[: rows * columns].view([rows, columns])
    else:
      weight = w["weight"]
    return weight

  # the weight of a map that does what this one and its adapter do
  def folded(self, w: Dict[str, Tensor], columns: int) -> Tensor:
    weight = self.linear_weight(w, columns)
    if "lora_A" in w:
      weight = weight.to(6) + torch.matmul(w["lora_B"], w["lora_A"]) * w["scale"]
    return weight

  def affine(self, x: Tensor, w: Dict[str, Tensor]) -> Tensor:
    weight = self.linear_weight(w, x.size(-1))
    if "bias" in w:
      y = self.linear(x, weight, w["bias"])
    else:
      y = self.linear(x, weight, None)
    if "lora_A" in w:
      h = x
      if "dropout" in w:
        h = torch.dropout(x, float(w["dropout"]), True)
      y = y + self.linear(self.linear(h, w["lora_A"], None), w["lora_B"], None).to(y.dtype) * w["scale"]
    return y

  # ---- gated decoders (Llama, OLMo): a norm is a kind and a list of what it has learned. N heads, K heads of keys and
  # values, D width of a head

  def norm(self, x: Tensor, kind: str, w: List[Tensor], eps: float) -> Tensor:
    if kind == "rms":
      y = torch.rms_norm(x.to(6), [x.size(-1)], w[0], eps)
    elif kind == "plain":
      y = torch.layer_norm(x.to(6), [x.size(-1)], None, None, eps)
    elif kind == "none":
      y = x
    else:
      raise AssertionError("unknown norm")
    return y

  # ids [B, T] -> [B, T, C]; no gradient reaches the padding token's row
  def gated_embed(self, ids: Tensor, tokens: Tensor, padding: int) -> Tensor:
    return self.embed(ids, tokens, padding)

  # how far each pair of a head's dimensions turns from one position to the next: [D / 2]. It is worked out in float32
  # as transformers does, for over long rows the last digit counts
  def rotary_frequencies(self, base: float, width: int) -> Tensor:
    return torch.reciprocal(torch.pow(base, torch.arange(0, width, 2, dtype=6) / width))

  # x [B, heads, T, D]; angles [T, D / 2] between dimension i and i + D / 2
  def rotate(self, x: Tensor, angles: Tensor) -> Tensor:
    a, b = torch.chunk(x.to(6), 2, -1)
    cos = torch.cos(angles)
    sin = torch.sin(angles)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)

  # x [B, T, C] -> output of the attention sublayer before its norm and the residual [B, T, C]. `clip` limits queries,
  # keys and values, 0 does not; `between` is the kind of norm over all heads of queries and of keys
  def gated_attention(self, x: Tensor, kind: str, norm: List[Tensor], eps: float, q_w: Dict[str, Tensor],
                      k_w: Dict[str, Tensor], v_w: Dict[str, Tensor], out_w: Dict[str, Tensor], clip: float, between: str,
                      q_norm: List[Tensor], k_norm: List[Tensor], frequencies: Tensor, heads: int, kv_heads: int,
                      dropout: float) -> Tensor:
    B, T, C = x.size()
    h = self.norm(x, kind, norm, eps)
    q = self.projected(h, q_w, between, q_norm, eps, clip)
    k = self.projected(h, k_w, between, k_norm, eps, clip)
    v = self.projected(h, v_w, "none", k_norm, eps, clip)
    D = 2 * frequencies.size(0)
    angles = torch.outer(torch.arange(T, dtype=6, device=x.device), frequencies)
    q = self.rotate(q.view([B, T, heads, D]).transpose(1, 2), angles)
    k = self.rotate(k.view([B, T, kv_heads, D]).transpose(1, 2), angles)
    v = v.view([B, T, kv_heads, D]).transpose(1, 2)
    if kv_heads < heads:  # fused attention on CPUs takes as many heads of keys as of queries
      k = torch.repeat_interleave(k, heads // kv_heads, 1)
      v = torch.repeat_interleave(v, heads // kv_heads, 1)
    a = torch.scaled_dot_product_attention(q.type_as(v), k.type_as(v), v, None, dropout, True)
    return self.affine(a.transpose(1, 2).reshape([B, T, heads * D]), out_w)

  # queries, keys or values of all heads, before they are turned
  def projected(self, h: Tensor, w: Dict[str, Tensor], kind: str, norm: List[Tensor], eps: float, clip: float) -> Tensor:
    y = self.norm(self.affine(h, w), kind, norm, eps)
    if clip > 0.:
      y = torch.clamp(y, -clip, clip)
    return y

  # The keys and values that a layer makes of x [B, T, C], as gated_attention does: [2, B, K, T, D]
  def gated_keys_values(self, x: Tensor, kind: str, norm: List[Tensor], eps: float, k_w: Dict[str, Tensor],
                        v_w: Dict[str, Tensor], clip: float, between: str, k_norm: List[Tensor], frequencies: Tensor,
                        kv_heads: int) -> Tensor:
    B, T, C = x.size()
    h = self.norm(x, kind, norm, eps)
    k = self.projected(h, k_w, between, k_norm, eps, clip).view([B, T, kv_heads, -1]).transpose(1, 2)
    v = self.projected(h, v_w, "none", k_norm, eps, clip).view([B, T, kv_heads, -1]).transpose(1, 2)
    angles = torch.outer(torch.arange(T, dtype=6, device=x.device), frequencies)
    return torch.stack([self.rotate(k, angles), v.to(6)])

  # The attention of one token further: x [R, C] at the positions [R], each row with the keys and values that were
  # generated before it, `past` [2, rows before, K, t, D], of which row i continues row order[i]. A sentence's rows share
  # those of its prompt [2, B, K, T, D], which mask [B, T] tells from padding. -> the sublayer's output as of
  # gated_attention [R, C], past with this token
  def gated_attention_step(self, x: Tensor, kind: str, norm: List[Tensor], eps: float, q_w: Dict[str, Tensor],
                           k_w: Dict[str, Tensor], v_w: Dict[str, Tensor], out_w: Dict[str, Tensor], clip: float, between: str,
                           q_norm: List[Tensor], k_norm: List[Tensor], frequencies: Tensor, heads: int, kv_heads: int,
                           past: Tensor, order: Tensor, prompt: Tensor, mask: Tensor,
                           positions: Tensor) -> List[Tensor]:
    R = x.size(0)
    B, T = mask.size()
    D = 2 * frequencies.size(0)
    G = heads // kv_heads
    h = self.norm(x, kind, norm, eps)
    angles = torch.outer(positions.to(6), frequencies).view([R, 1, 1, -1])
    q = self.rotate(self.projected(h, q_w, between, q_norm, eps, clip).view([R, heads, 1, D]), angles)
    k = self.rotate(self.projected(h, k_w, between, k_norm, eps, clip).view([R, kv_heads, 1, D]), angles)
    v = self.projected(h, v_w, "none", k_norm, eps, clip).view([R, kv_heads, 1, D])
    past = torch.cat([torch.index_select(past, 1, order), torch.stack([k, v.to(6)])], 3)
    q = q.view([R, kv_heads, G, D])
    own = torch.matmul(q, past[0].transpose(2, 3))  # [R, K, G, t]
    shared = torch.matmul(self.by_sentence(q, B), prompt[0].transpose(2, 3))  # [B, K, R / B * G, T]
    shared = torch.masked_fill(shared, torch.logical_not(mask).view([B, 1, 1, T]), float("-inf"))
    p = torch.softmax(torch.cat([self.by_row(shared, R), own], 3) * float(D) ** -0.5, 3)
    a = self.by_row(torch.matmul(self.by_sentence(p[:, :, :, :T], B), prompt[1]), R)
    a = a + torch.matmul(p[:, :, :, T:], past[1])
    return [self.affine(a.reshape([R, heads * D]), out_w), past]

  # [R, K, G, W] -> [B, K, R / B * G, W]: a sentence's rows beside each other, for what they share
  def by_sentence(self, x: Tensor, sentences: int) -> Tensor:
    R, K, G, W = x.size()
    return x.reshape([sentences, R // sentences, K, G, W]).transpose(1, 2).reshape([sentences, K, -1, W])

  # and back
  def by_row(self, x: Tensor, rows: int) -> Tensor:
    B, K, G, W = x.size()
    return x.reshape([B, K, rows // B, -1, W]).transpose(1, 2).reshape([rows, K, -1, W])

  def normed_residual(self, x: Tensor, sublayer: Tensor, kind: str, norm: List[Tensor], eps: float) -> Tensor:
    return x + self.norm(sublayer, kind, norm, eps)

  # x [B, T, C] -> the up-projection's and the gate's output before the activation [B, T, H] each
  def gated_units(self, x: Tensor, kind: str, norm: List[Tensor], eps: float, up_w: Dict[str, Tensor],
                  gate_w: Dict[str, Tensor]) -> List[Tensor]:
    h = self.norm(x, kind, norm, eps)
    return [self.affine(h, up_w), self.affine(h, gate_w)]

  def gated_product(self, up: Tensor, gate: Tensor, name: str) -> Tensor:
    return self.activation(gate, name) * up

  # as the language modelling head's functions, behind any norm
  def gated_logits(self, x: Tensor, kind: str, norm: List[Tensor], eps: float, head: Tensor) -> Tensor:
    return self.linear(self.norm(x, kind, norm, eps), head, None).to(6)

  def gated_token_losses(self, x: Tensor, kind: str, norm: List[Tensor], eps: float, head: Tensor, ids: Tensor,
                         first: int, rows: int) -> Tensor:
    B, T, C = x.size()
    h = self.norm(x[:, first - 1 : T - 1], kind, norm, eps).reshape([-1, C])
    return self.row_losses(h, head, ids[:, first:].reshape([-1]), rows).view([B, T - first])

  def gated_mean_token_loss(self, x: Tensor, kind: str, norm: List[Tensor], eps: float, head: Tensor, ids: Tensor,
                            smoothing: float) -> Tensor:
    B, T, C = x.size()
    h = self.norm(x[:, :T - 1], kind, norm, eps).reshape([-1, C])
    logits = self.linear(h, head, None).to(6)
    return torch.cross_entropy_loss(logits, ids[:, 1:].reshape([-1]), None, 1, -100, smoothing)

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

  # divides the gradients by the loss's scale, then by what makes their joint norm at most `limit`, unless that is 0;
  # returns the norm between the two
  def clip(self, gradients: List[Tensor], scale: float, limit: float) -> Tensor:
    if scale != 1.:
      torch._foreach_mul_(gradients, 1. / scale)
    norm = torch.norm(torch.stack(torch._foreach_norm(gradients, 2)))
    if limit > 0.:
      torch._foreach_mul_(gradients, torch.clamp(limit / (norm + 1e-6), max=1.0))
    return norm

  # a factor that the graph keeps itself: one from Java would lie in a Java buffer
  def scaled(self, x: Tensor, factor: float) -> Tensor:
    return x * factor

  # ---- replicas on several devices

  def add_all(self, sums: List[Tensor], others: List[Tensor]) -> NoneType:
    for i in range(len(sums)):
      sums[i].add_(others[i].to(sums[i].device))
    return None

  def assign_all(self, targets: List[Tensor], values: List[Tensor]) -> NoneType:
    for i in range(len(targets)):
      targets[i].copy_(values[i])
    return None
