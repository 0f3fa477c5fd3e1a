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
  def product(self, x: Tensor, w: Tensor, b: Optional[Tensor]) -> Tensor:
    t = self.product_type(w)
    if b is not None:
      b = b.to(t)
    if self.by_onednn(x, w):
      y = self.onednn_linear(x.to(6), w, b, "none", "")
    else:
      y = torch.linear(x.to(t), w.to(t), b)
    return y

  # Whether oneDNN is faster than the BLAS that torch takes for float32, which packs a weight anew for each product: with a
  # weight that is held turned (1.1 to 1.3 times, on a few rows twice), with another one on very few rows, and where the
  # packing is little beside many outputs. A call of it takes 10 µs more, which a small product doesn't bring back. It has no
  # gradient. Measured in environment/bench/README.md
  def by_onednn(self, x: Tensor, w: Tensor) -> bool:
    if not self.has_onednn() or x.is_cuda or torch.is_grad_enabled() or self.product_type(w) != 6 or x.numel() == 0:
      return False
    O, I = w.size()
    rows = x.numel() // I
    turned = w.stride(0) == 1 and w.stride(1) == O
    as_is = w.stride(0) == I and w.stride(1) == 1  # parts of a matrix would be copied, and slowly
    large = O * I >= 524288 or rows * O * I >= 2097152
    # in parentheses, for in TorchScript `and` binds no closer than `or`
    return large and (turned or (as_is and (rows <= 4 or (O > I and rows * O >= 2048 * I))))

  # in float32, whatever the table is held in
  def embed(self, ids: Tensor, table: Tensor, padding: int) -> Tensor:
    return torch.embedding(table, ids, padding).to(6)

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
    if name == "gelu_new" or name == "gelu_fast" or name == "gelu_pytorch_tanh":
      y = torch.gelu(x, approximate="tanh")
    elif name == "gelu":
      y = torch.gelu(x)
    elif name == "relu":
      y = torch.relu(x)
    elif name == "silu" or name == "swish":
      y = torch.silu(x)
    elif name == "quick_gelu":
      y = x * torch.sigmoid(1.702 * x)
    elif name == "tanh":
      y = torch.tanh(x)
    else:
      raise AssertionError("unknown activation")
    return y

  def residual(self, x: Tensor, sublayer: Tensor, dropout: float) -> Tensor:
    return x + self.dropped(sublayer, dropout)

  # dropout. On a processor torch draws 64 bits for each value, on one thread, which took a quarter of a training step's time;
  # here each gets 16 of them
  def dropped(self, x: Tensor, share: float) -> Tensor:
    if share == 0.:
      y = x
    elif share == 1.:
      y = x * 0.
    elif x.is_cuda:
      y = torch.dropout(x, share, True)
    else:
      y = x * self.kept(x, share)
    return y

  # as large as x: 0 for the share that is left out, and what makes up for it for the others
  def kept(self, x: Tensor, share: float) -> Tensor:
    n = x.numel()
    words = torch.empty([(n + 3) // 4], dtype=4)
    torch.random_(words, -4611686018427387904 * 2, None)  # all 64 bits
    draws = torch.view_copy(words, dtype=2)[:n].view(x.size())
    out = min(65535, int(share * 65536. + 0.5))
    return torch.ge(draws, out - 32768).to(x.dtype).mul_(65536. / (65536 - out))

  def times(self, x: Tensor, y: Tensor) -> Tensor:
    return x.to(6) * y

  # copies values in place, across devices too
  def assign(self, target: Tensor, values: Tensor) -> NoneType:
    target.copy_(values)
    return None

  def joined(self, parts: List[Tensor]) -> Tensor:
    return torch.cat(parts)

  # matrices [O, I], one behind the other -> [I, all O]
  def joined_turned(self, parts: List[Tensor]) -> Tensor:
    return torch.cat(parts).t().contiguous()

  def select(self, x: Tensor, axis: int, places: Tensor) -> Tensor:
    return torch.index_select(x, axis, places)

  # ---- norms, by name: `layer` or `rms` is what is added to the variance, `weight` and `bias` what it has learned, if it
  # has; `rms-from-one` where its gain is one more than that; without a kind it changes nothing

  def norm(self, x: Tensor, w: Dict[str, Tensor]) -> Tensor:
    if "rms-from-one" in w:
      y = torch.rms_norm(x.to(6), [x.size(-1)], w["weight"].to(6) + 1., float(w["rms"]))
    elif "rms" in w:
      y = torch.rms_norm(x.to(6), [x.size(-1)], w["weight"], float(w["rms"]))
    elif "bias" in w:
      y = torch.layer_norm(x.to(6), [x.size(-1)], w["weight"], w["bias"], float(w["layer"]))
    elif "weight" in w:
      y = torch.layer_norm(x.to(6), [x.size(-1)], w["weight"], None, float(w["layer"]))
    elif "layer" in w:
      y = torch.layer_norm(x.to(6), [x.size(-1)], None, None, float(w["layer"]))
    else:
      y = x
    return y

  # ---- linear maps, by name: `weight` [O, I], or `turned` [I, O], or its parts in NF4 or int8, `bias` if there is one,
  # and where an adapter (LoRA, Hu et al. 2021) is: `lora_A` [R, I], `lora_B` [O, R], what their product is scaled by, and
  # dropout in training; `factor` [O] if all that comes out is multiplied by one

  # [O, I]
  def linear_weight(self, w: Dict[str, Tensor], columns: int) -> Tensor:
    if "packed" in w:
      values = self.nf4_values(w, 0, w["scales"].size(0))
      rows = values.size(0) // columns
      weight = values[: rows * columns].view([rows, columns])
    elif "row_scales" in w:
      weight = self.int8_integers(w).to(6) * w["row_scales"].unsqueeze(1)
    elif "turned" in w:
      weight = w["turned"].t()
    else:
      weight = w["weight"]
    return weight

  # the weight of a map that does what this one and its adapter do, [O, I] or turned
  def folded(self, w: Dict[str, Tensor], columns: int, turned: bool) -> Tensor:
    weight = self.linear_weight(w, columns)
    if "lora_A" in w:
      weight = weight.to(6) + torch.matmul(w["lora_B"], w["lora_A"]) * w["scale"]
    if "factor" in w:
      weight = weight.to(6) * w["factor"].unsqueeze(1)
    if turned:
      weight = weight.t().contiguous()
    return weight

  def linear(self, x: Tensor, w: Dict[str, Tensor]) -> Tensor:
    if len(w) == 0:  # no map: x as it is
      return x
    if "integers" in w:
      y = self.int8_linear(x, w)
    elif "bias" in w:
      y = self.product(x, self.linear_weight(w, x.size(-1)), w["bias"])
    else:
      y = self.product(x, self.linear_weight(w, x.size(-1)), None)
    if "lora_A" in w:
      h = x
      if "dropout" in w:
        h = self.dropped(x, float(w["dropout"]))
      y = y + self.product(self.product(h, w["lora_A"], None), w["lora_B"], None).to(y.dtype) * w["scale"]
    if "factor" in w:
      y = y * w["factor"].to(y.dtype)
    return y

  # ---- what enters the first layer

  # ids [..] -> [.., C]; no gradient reaches the padding token's row
  def token_states(self, ids: Tensor, tokens: Tensor, padding: int, scale: float, dropout: float) -> Tensor:
    x = self.embed(ids, tokens, padding)
    if scale != 1.:
      x = x * scale
    return self.dropped(x, dropout)

  # x [B, T, C] at the positions from `first` on
  def placed(self, x: Tensor, positions: Tensor, first: int, dropout: float) -> Tensor:
    return self.dropped(x + positions[first : first + x.size(1)], dropout)

  # x [R, C] at the places [R] of the positions
  def newest_placed(self, x: Tensor, positions: Tensor, places: Tensor) -> Tensor:
    return x + self.embed(places, positions, -1)

  # ids [R] at the places [R] of the positions -> [R, C]
  def newest_token_states(self, ids: Tensor, tokens: Tensor, positions: Tensor, places: Tensor, padding: int,
                          scale: float) -> Tensor:
    return self.newest_placed(self.token_states(ids, tokens, padding, scale, 0.), positions, places)

  # ids [B, T] at the positions from `first` on -> [B, T, C]
  def placed_token_states(self, ids: Tensor, tokens: Tensor, positions: Tensor, first: int, padding: int, scale: float,
                          dropout: float) -> Tensor:
    return self.placed(self.token_states(ids, tokens, padding, scale, 0.), positions, first, dropout)

  # ids [B, T] -> [B, T, C]: tokens, and the first of the types of texts where there are some
  def typed_states(self, ids: Tensor, tokens: Tensor, types: Dict[str, Tensor], padding: int) -> Tensor:
    x = self.embed(ids, tokens, padding)
    if "types" in types:
      x = x + types["types"][0]
    return x

  # the same with positions, behind a norm
  def encoded_token_states(self, ids: Tensor, tokens: Tensor, positions: Tensor, types: Dict[str, Tensor], padding: int,
                           norm: Dict[str, Tensor], dropout: float) -> Tensor:
    x = self.typed_states(ids, tokens, types, padding)
    return self.dropped(self.norm(x + positions[: ids.size(1)], norm), dropout)

  # the same where positions are counted from behind the padding token's number, which padding itself stands at
  def token_states_behind_padding(self, ids: Tensor, tokens: Tensor, positions: Tensor, types: Dict[str, Tensor], padding: int,
                                  norm: Dict[str, Tensor], dropout: float) -> Tensor:
    x = self.typed_states(ids, tokens, types, padding)
    counts = torch.ne(ids, padding).to(4)
    places = torch.cumsum(counts, 1) * counts + padding
    return self.dropped(self.norm(x + self.embed(places, positions, padding), norm), dropout)

  # ids [B, T] at the places from `first` on -> [B, T, C]; `positions` by name: `table` [places, C], or `sinusoids`, the width
  # of those that are counted over tokens, or nothing
  def stack_states(self, ids: Tensor, tokens: Tensor, positions: Dict[str, Tensor], first: int, padding: int,
                   scale: float, norm: Dict[str, Tensor], dropout: float) -> Tensor:
    x = self.embed(ids, tokens, padding)
    if scale != 1.:
      x = x * scale
    if "table" in positions:
      x = x + positions["table"][first : first + ids.size(1)]
    elif "sinusoids" in positions:
      x = x + self.counted_sinusoids(ids, first, padding, int(positions["sinusoids"]))
    return self.dropped(self.norm(x, norm), dropout)

  # sines, then cosines, of a token's place in its row, padding left out, counted from padding + 1 + first on; zeros for
  # padding and for the last one of an odd width: ids [B, T] -> [B, T, width]
  def counted_sinusoids(self, ids: Tensor, first: int, padding: int, width: int) -> Tensor:
    half = width // 2
    frequencies = torch.exp(torch.arange(half, dtype=6, device=ids.device) * (-9.210340371976184 / (half - 1)))  # ln 10,000
    is_token = torch.ne(ids, padding)
    places = torch.cumsum(is_token.to(4), 1) + first + padding
    angles = places.to(6).unsqueeze(2) * frequencies
    table = torch.cat([torch.sin(angles), torch.cos(angles)], 2) * is_token.to(6).unsqueeze(2)
    return torch.constant_pad_nd(table, [0, width % 2])

  # pixels [B, channels, height, width] of uint8; mean, deviation [channels, 1, 1] of pixels times factor; patches with
  # a weight [C, channels, patch height, patch width]; prefix tokens of C each; positions [.., T, C], interpolated to a grid of
  # rows and columns of patches where one is given -> [B, T, C] behind a norm
  def patch_states(self, pixels: Tensor, factor: float, mean: Tensor, deviation: Tensor, patches: Dict[str, Tensor],
                   prefix: Dict[str, Tensor], positions: Tensor, grid: List[int], norm: Dict[str, Tensor],
                   dropout: float) -> Tensor:
    B = pixels.size(0)
    w = patches["weight"]
    C = w.size(0)
    x = (pixels.to(6) * factor - mean) / deviation
    t = self.product_type(w)
    if "bias" in patches:
      y = torch.conv2d(x.to(t), w.to(t), patches["bias"].to(t), [w.size(2), w.size(3)])
    else:
      y = torch.conv2d(x.to(t), w.to(t), None, [w.size(2), w.size(3)])
    parts = [prefix["class"].to(6).view([1, 1, C]).expand([B, -1, -1])]
    if "distillation" in prefix:
      parts.append(prefix["distillation"].to(6).view([1, 1, C]).expand([B, -1, -1]))
    parts.append(y.to(6).flatten(2).transpose(1, 2))
    p = positions.to(6).view([1, -1, C])
    if len(grid) > 0:
      p = self.interpolated(p, len(parts) - 1, grid)
    return self.dropped(self.norm(torch.cat(parts, 1) + p, norm), dropout)

  # positions [1, prefix + side * side, C] -> [1, prefix + rows * columns, C]
  def interpolated(self, positions: Tensor, prefix: int, grid: List[int]) -> Tensor:
    C = positions.size(2)
    side = int(float(positions.size(1) - prefix) ** 0.5 + 0.5)
    square = positions[:, prefix:].reshape([1, side, side, C]).permute([0, 3, 1, 2])
    y = torch.upsample_bicubic2d(square, grid, False, None, None)
    return torch.cat([positions[:, :prefix], y.permute([0, 2, 3, 1]).reshape([1, -1, C])], 1)

  # ---- attention. S source time, N heads, D width of a head

  # y [B, T, C] -> [B, N, T, D]
  def heads(self, y: Tensor, heads: int) -> Tensor:
    B, T, C = y.size()
    return y.view([B, T, heads, C // heads]).transpose(1, 2)

  # queries from x, keys and values from memory; where k and v are empty, q makes all three of x
  def queries_keys_values(self, x: Tensor, memory: Tensor, q: Dict[str, Tensor], k: Dict[str, Tensor],
                          v: Dict[str, Tensor]) -> List[Tensor]:
    if len(k) == 0:
      parts = torch.chunk(self.linear(x, q), 3, -1)
    else:
      parts = [self.linear(x, q), self.linear(memory, k), self.linear(memory, v)]
    return parts

  # queries [B, N, T, D], keys and values [B, N, S, D]; mask, true where one is seen, or what is added to the scores, as good as
  # [B, N, T, S] -> [B, N, T, D]. Scores are limited by `cap` unless that is 0
  def weighed(self, query: Tensor, key: Tensor, value: Tensor, mask: Optional[Tensor], causal: bool,
              scale: Optional[float], dropout: float, cap: float=0.) -> Tensor:
    if cap == 0. and (dropout == 0. or query.is_cuda):
      return torch.scaled_dot_product_attention(query, key, value, mask, dropout, causal, scale=scale)
    if scale is None:
      factor = float(query.size(3)) ** -0.5
    else:
      factor = scale
    scores = self.capped(torch.matmul(query, key.transpose(2, 3)).to(6) * factor, cap)  # [B, N, T, S]
    if causal:
      mask = self.seen(query.size(2), 0, query)
    if mask is not None:
      if mask.dtype == 11:
        mask = torch.masked_fill(torch.zeros_like(mask, dtype=6), torch.logical_not(mask), float("-inf"))
      scores = scores + mask
    if mask is None or causal:
      p = torch.softmax(scores, 3)
    else:
      p = torch._safe_softmax(scores, 3)  # 0 where nothing is seen, as of fused attention
    return torch.matmul(self.dropped(p.to(value.dtype), dropout), value)

  # x [B, T, C], memory [B, S, C] -> the sublayer's output [B, T, C]
  def attend(self, x: Tensor, memory: Tensor, q: Dict[str, Tensor], k: Dict[str, Tensor], v: Dict[str, Tensor],
             out: Dict[str, Tensor], mask: Optional[Tensor], causal: bool, heads: int, dropout: float,
             scale: Optional[float]=None) -> Tensor:
    parts = self.queries_keys_values(x, memory, q, k, v)
    a = self.weighed(self.heads(parts[0], heads), self.heads(parts[1], heads), self.heads(parts[2], heads), mask, causal,
                     scale, dropout)
    return self.linear(a.transpose(1, 2).reshape([x.size(0), x.size(1), -1]), out)

  def self_attention(self, x: Tensor, norm: Dict[str, Tensor], q: Dict[str, Tensor], k: Dict[str, Tensor],
                     v: Dict[str, Tensor], out: Dict[str, Tensor], causal: bool, heads: int, dropout: float) -> Tensor:
    h = self.norm(x, norm)
    return self.attend(h, h, q, k, v, out, None, causal, heads, dropout)

  # mask [B, 1, 1, T], true where x is no padding
  def masked_self_attention(self, x: Tensor, norm: Dict[str, Tensor], mask: Tensor, q: Dict[str, Tensor],
                            k: Dict[str, Tensor], v: Dict[str, Tensor], out: Dict[str, Tensor], heads: int,
                            dropout: float) -> Tensor:
    h = self.norm(x, norm)
    return self.attend(h, h, q, k, v, out, mask, False, heads, dropout)

  # ---- attention of encoder–decoders. `relative` by name: `biases` [buckets, N] and `range`, or nothing

  # mask [B, 1, 1, T], true where there is a token
  def encoder_attention(self, x: Tensor, norm: Dict[str, Tensor], mask: Tensor, q: Dict[str, Tensor], k: Dict[str, Tensor],
                        v: Dict[str, Tensor], out: Dict[str, Tensor], relative: Dict[str, Tensor], heads: int, scale: float,
                        dropout: float) -> Tensor:
    h = self.norm(x, norm)
    if len(relative) > 0:
      bias = self.relative_bias(relative, 0, x.size(1), x.size(1), False)
      mask = torch.masked_fill(bias, torch.logical_not(mask), float("-inf"))
    return self.attend(h, h, q, k, v, out, mask, False, heads, dropout, scale)

  # a token looks at those before it
  def decoder_attention(self, x: Tensor, norm: Dict[str, Tensor], q: Dict[str, Tensor], k: Dict[str, Tensor],
                        v: Dict[str, Tensor], out: Dict[str, Tensor], relative: Dict[str, Tensor], heads: int, scale: float,
                        dropout: float) -> Tensor:
    h = self.norm(x, norm)
    if len(relative) > 0:
      T = x.size(1)
      later = torch.triu(torch.ones([T, T], dtype=11, device=x.device), 1)
      bias = torch.masked_fill(self.relative_bias(relative, 0, T, T, True), later, float("-inf"))
      y = self.attend(h, h, q, k, v, out, bias, False, heads, dropout, scale)
    else:
      y = self.attend(h, h, q, k, v, out, None, True, heads, dropout, scale)
    return y

  # memory [B, S, C]; mask [B, 1, 1, S], true where it may be looked at
  def source_attention(self, x: Tensor, norm: Dict[str, Tensor], memory: Tensor, mask: Tensor, q: Dict[str, Tensor],
                       k: Dict[str, Tensor], v: Dict[str, Tensor], out: Dict[str, Tensor], heads: int, scale: float,
                       dropout: float) -> Tensor:
    return self.attend(self.norm(x, norm), memory, q, k, v, out, mask, False, heads, dropout, scale)

  # what is added to the scores of the places first .. first + T - 1 for the places 0 .. S - 1: [1, N, T, S]. A distance has
  # a bucket; half of those of a direction are for one distance each, the others for as many as there are to `range`, the
  # logarithm of how many times farther than these the farthest is (Raffel et al. 2020)
  def relative_bias(self, relative: Dict[str, Tensor], first: int, T: int, S: int, causal: bool) -> Tensor:
    biases = relative["biases"]
    steps = torch.arange(S, device=biases.device) - torch.arange(first, first + T, device=biases.device).unsqueeze(1)
    buckets = biases.size(0)
    if causal:
      offset = torch.zeros_like(steps)
      distance = -torch.clamp(steps, max=0)
    else:
      buckets = buckets // 2
      offset = torch.gt(steps, 0).to(4) * buckets
      distance = torch.abs(steps)
    exact = buckets // 2
    far = exact + (torch.log(distance.to(6) / exact) / float(relative["range"]) * (buckets - exact)).to(4)
    bucket = offset + torch.where(distance < exact, distance, torch.clamp(far, max=buckets - 1))
    return torch.embedding(biases, bucket).to(6).permute([2, 0, 1]).unsqueeze(0)

  # ---- FF sublayers

  # x [B, T, C] -> units before the activation [B, T, H]
  def units(self, x: Tensor, norm: Dict[str, Tensor], up: Dict[str, Tensor]) -> Tensor:
    return self.linear(self.norm(x, norm), up)

  # units [B, T, H] -> [B, T, C]
  def down(self, units: Tensor, name: str, w: Dict[str, Tensor], dropout: float) -> Tensor:
    return self.linear(self.dropped(self.activation(units, name), dropout), w)

  # both at once, where nobody looks at the units: x [B, T, C] -> [B, T, C]
  def feed_forward(self, x: Tensor, norm: Dict[str, Tensor], up: Dict[str, Tensor], name: str, w: Dict[str, Tensor],
                   dropout: float) -> Tensor:
    return self.linear(self.dropped(self.activated(self.norm(x, norm), up, name), dropout), w)

  # what is done to what a stack's last layer gives
  def stack_end(self, x: Tensor, norm: Dict[str, Tensor], dropout: float, scale: float) -> Tensor:
    y = self.dropped(self.norm(x, norm), dropout)
    if scale != 1.:
      y = y * scale
    return y

  def dropped_linear(self, x: Tensor, w: Dict[str, Tensor], dropout: float) -> Tensor:
    return self.linear(self.dropped(x, dropout), w)

  def post_norm(self, x: Tensor, sublayer: Tensor, norm: Dict[str, Tensor], dropout: float) -> Tensor:
    return self.norm(self.residual(x, sublayer, dropout), norm)

  # x with what an encoder's sublayer gives: behind it a factor for each channel if there is one (layer scale), and in training the
  # share `path` of a batch's rows goes without it (stochastic depth, Huang et al. 2016)
  def encoder_sum(self, x: Tensor, sublayer: Tensor, scale: Dict[str, Tensor], norm: Dict[str, Tensor], dropout: float,
                  path: float) -> Tensor:
    y = self.dropped(sublayer, dropout)
    if "scale" in scale:
      y = y.to(6) * scale["scale"]
    if path > 0.:
      kept = torch.floor(torch.rand([x.size(0), 1, 1], device=x.device) + (1. - path))
      y = y / (1. - path) * kept
    return self.norm(x + y, norm)

  # ---- heads, behind a norm: linear maps, with a `cap` if their scores are limited softly, and behind another map,
  # `before` [I, C], if it is embeddings of another width that they are

  # h [.., C] -> [.., I]
  def toward_head(self, h: Tensor, head: Dict[str, Tensor]) -> Tensor:
    if "before" in head:
      h = self.product(h, head["before"], None)
    return h

  # h [.., C] -> [.., V]
  def head_scores(self, h: Tensor, head: Dict[str, Tensor]) -> Tensor:
    y = self.linear(self.toward_head(h, head), head).to(6)
    if "cap" in head:
      y = self.capped(y, float(head["cap"]))
    return y

  # x [.., C] -> scores [.., V]
  def scores(self, x: Tensor, norm: Dict[str, Tensor], head: Dict[str, Tensor]) -> Tensor:
    return self.head_scores(self.norm(x, norm), head)

  # x [.., C] -> [.., O]. Where oneDNN multiplies it can activate as well, before a value leaves the cache
  def activated(self, x: Tensor, w: Dict[str, Tensor], name: str) -> Tensor:
    fused = self.onednn_activation(name)
    whole = "weight" in w or "turned" in w
    if len(fused) > 0 and whole and "lora_A" not in w and "factor" not in w:
      weight = self.linear_weight(w, x.size(-1))
      if self.by_onednn(x, weight):
        b = annotate(Optional[Tensor], None)
        if "bias" in w:
          b = w["bias"].to(6)
        return self.onednn_linear(x.to(6), weight, b, fused[0], fused[1])
    return self.activation(self.linear(x, w), name)

  # what oneDNN calls an activation, if it knows it, and which way of working it out
  def onednn_activation(self, name: str) -> List[str]:
    if name == "gelu_new" or name == "gelu_fast" or name == "gelu_pytorch_tanh":
      y = ["gelu", "tanh"]
    elif name == "gelu":
      y = ["gelu", "none"]
    elif name == "silu" or name == "swish":
      y = ["swish", ""]
    else:  # its relu makes 0 of what is no number, which would hide it
      y = annotate(List[str], [])
    return y

  # x [B, T, C] -> of the first token [B, O], with dropout before the map and behind it
  def pooled_first(self, x: Tensor, w: Dict[str, Tensor], name: str, before: float, behind: float) -> Tensor:
    h = self.dropped(x[:, 0], before)
    return self.dropped(self.activated(h, w, name), behind)

  # of x [B, T, C] the token at a place, the mean of the patches behind so many others, or the first token and that mean
  def pooled_token(self, x: Tensor, norm: Dict[str, Tensor], place: int) -> Tensor:
    return self.norm(x[:, place], norm)

  def pooled_patches(self, x: Tensor, norm: Dict[str, Tensor], before: int) -> Tensor:
    return torch.mean(self.norm(x[:, before:], norm), [1])

  def pooled_token_and_patches(self, x: Tensor, norm: Dict[str, Tensor], before: int) -> Tensor:
    return torch.cat([self.pooled_token(x, norm, 0), self.pooled_patches(x, norm, before)], 1)

  def mean_of_two(self, x: Tensor, y: Tensor) -> Tensor:
    return (x + y) / 2

  # mean negative log-likelihood of the classes by their scores [B, classes]: a scalar
  def class_loss(self, logits: Tensor, classes: Tensor, smoothing: float) -> Tensor:
    return torch.cross_entropy_loss(logits, classes, None, 1, -100, smoothing)

  # h [N, C], targets [N] -> losses [N]; the logits of only so many rows exist at a time
  def row_losses(self, h: Tensor, head: Dict[str, Tensor], targets: Tensor, rows: int) -> Tensor:
    h = self.toward_head(h, head)
    weight = self.linear_weight(head, h.size(1))
    cast = {"weight": weight.to(self.product_type(weight))}
    if "bias" in head:
      cast["bias"] = head["bias"]
    if "cap" in head:
      cast["cap"] = head["cap"]
    losses = annotate(List[Tensor], [])
    for start in range(0, h.size(0), rows):
      logits = self.head_scores(h[start : start + rows], cast)
      losses.append(self.own_losses(logits, targets[start : start + rows]))
    return torch.cat(losses)

  # cross entropies of logits [N, V], which are lost: a large vocabulary's fill tens of megabytes. targets [N] -> [N]
  def own_losses(self, logits: Tensor, targets: Tensor) -> Tensor:
    largest = torch.amax(logits, [1])
    wanted = torch.gather(logits, 1, targets.unsqueeze(1)).squeeze(1)
    sums = torch.sum(torch.exp_(torch.sub_(logits, largest.unsqueeze(1))), [1])
    return torch.log(sums) - (wanted - largest)

  # x [N, C], targets [N] -> losses [N]
  def answer_losses(self, x: Tensor, norm: Dict[str, Tensor], head: Dict[str, Tensor], targets: Tensor, rows: int) -> Tensor:
    return self.row_losses(self.norm(x, norm), head, targets, rows)

  # negative log-likelihood of the tokens at positions first .. T-1, each given those before it: [B, T - first]
  def token_losses(self, x: Tensor, norm: Dict[str, Tensor], head: Dict[str, Tensor], ids: Tensor, first: int,
                   rows: int) -> Tensor:
    B, T, C = x.size()
    h = self.norm(x[:, first - 1 : T - 1], norm).reshape([-1, C])
    return self.row_losses(h, head, ids[:, first:].reshape([-1]), rows).view([B, T - first])

  # mean negative log-likelihood of the targets [B, T] that aren't -100: a scalar
  def target_loss(self, x: Tensor, norm: Dict[str, Tensor], head: Dict[str, Tensor], targets: Tensor,
                  smoothing: float) -> Tensor:
    h = self.norm(x, norm).reshape([-1, x.size(-1)])
    return torch.cross_entropy_loss(self.head_scores(h, head), targets.reshape([-1]), None, 1, -100, smoothing)

  # the same of all tokens but each row's first, which are what is said by the states before them
  def mean_token_loss(self, x: Tensor, norm: Dict[str, Tensor], head: Dict[str, Tensor], ids: Tensor,
                      smoothing: float) -> Tensor:
    return self.target_loss(x[:, : x.size(1) - 1], norm, head, ids[:, 1:], smoothing)

  # ---- distillation (Hinton et al. 2015)

  # logits [N, V], targets [N], the teacher's logits [N, V] -> a scalar: (1 - weight) of the mean negative log-likelihood of
  # the targets that aren't -100, and weight * temperature^2 of the mean divergence KL(teacher || student) at their places,
  # both softened by the temperature
  def distilled_loss(self, logits: Tensor, targets: Tensor, smoothing: float, teacher: Tensor, temperature: float,
                     weight: float) -> Tensor:
    hard = torch.cross_entropy_loss(logits, targets, None, 1, -100, smoothing)
    said = torch.log_softmax(teacher.to(6) / temperature, -1)
    p = torch.exp(said)
    apart = p * (said - torch.log_softmax(logits / temperature, -1))
    divergences = torch.sum(torch.where(p > 0, apart, torch.zeros_like(p)), -1)
    asked = torch.ne(targets, -100).to(6)
    soft = torch.sum(divergences * asked) / torch.sum(asked)
    return hard * (1. - weight) + soft * (weight * temperature * temperature)

  # the loss of the targets [B, T] with a teacher's scores of them [B, T, V]
  def taught_target_loss(self, x: Tensor, norm: Dict[str, Tensor], head: Dict[str, Tensor], targets: Tensor,
                         smoothing: float, teacher: Tensor, temperature: float, weight: float) -> Tensor:
    h = self.norm(x, norm).reshape([-1, x.size(-1)])
    logits = self.head_scores(h, head)
    return self.distilled_loss(logits, targets.reshape([-1]), smoothing, teacher.reshape([-1, logits.size(1)]),
                               temperature, weight)

  # the same of all tokens but each row's first
  def taught_token_loss(self, x: Tensor, norm: Dict[str, Tensor], head: Dict[str, Tensor], ids: Tensor, smoothing: float,
                        teacher: Tensor, temperature: float, weight: float) -> Tensor:
    T = x.size(1)
    return self.taught_target_loss(x[:, : T - 1], norm, head, ids[:, 1:], smoothing, teacher[:, : T - 1], temperature,
                                   weight)

  # rows of x [B, T, W] counted over batch and time -> [rows, W]
  def rows(self, x: Tensor, places: Tensor) -> Tensor:
    return torch.index_select(x.reshape([-1, x.size(-1)]), 0, places)

  # ---- decoding by encoder–decoders. R rows that are decoded at once: each beam of each sentence

  # memory [B, S, C] -> its keys and values for a decoder layer [2, B, N, S, D]
  def keys_values(self, memory: Tensor, k: Dict[str, Tensor], v: Dict[str, Tensor], heads: int) -> Tensor:
    return torch.stack([self.heads(self.linear(memory, k), heads), self.heads(self.linear(memory, v), heads)])

  # One token further through the self-attention of a decoder layer: x [R, C] and the keys and values of the tokens
  # before it, `past` [2, rows before, N, T, D], of which row i continues row order[i] -> output [R, C], past with this
  # token
  def attend_past(self, x: Tensor, past: Tensor, order: Tensor, q: Dict[str, Tensor], k: Dict[str, Tensor],
                  v: Dict[str, Tensor], out: Dict[str, Tensor], relative: Dict[str, Tensor], heads: int,
                  scale: float) -> Tuple[Tensor, Tensor]:
    R = x.size(0)
    parts = self.queries_keys_values(x, x, q, k, v)
    query = parts[0].view([R, heads, 1, -1])
    kv = torch.stack([parts[1], parts[2]]).view([2, R, heads, 1, -1])
    kv = torch.cat([torch.index_select(past, 1, order).type_as(kv), kv], 3)
    if len(relative) > 0:
      T = kv.size(3)
      bias = self.relative_bias(relative, T - 1, 1, T, True).to(query.dtype)
      a = torch.scaled_dot_product_attention(query, kv[0], kv[1], bias, scale=scale)
    else:
      a = torch.scaled_dot_product_attention(query, kv[0], kv[1], scale=scale)
    return self.linear(a.reshape([R, -1]), out), kv

  # A sentence's rows of x [R, C] share its `source` [2, B, N, S, D]: they stand where attention has its query times
  def attend_source(self, x: Tensor, source: Tensor, mask: Tensor, q: Dict[str, Tensor], out: Dict[str, Tensor],
                    heads: int, scale: float) -> Tensor:
    R = x.size(0)
    B = mask.size(0)
    query = self.linear(x, q).view([B, R // B, heads, -1]).transpose(1, 2)
    a = torch.scaled_dot_product_attention(query, source[0], source[1], mask, scale=scale)
    return self.linear(a.transpose(1, 2).reshape([R, -1]), out)

  # One token further through a decoder layer -> x after the layer, past with this token. Sublayers without maps are
  # those that the layer lacks. Norms stand before a sublayer, `_in`, or behind the sum, `_out`
  def translation_step(self, x: Tensor, past: Tensor, order: Tensor, source: Tensor, mask: Tensor,
                       norm_in: Dict[str, Tensor], q: Dict[str, Tensor], k: Dict[str, Tensor], v: Dict[str, Tensor],
                       out: Dict[str, Tensor], relative: Dict[str, Tensor], norm_out: Dict[str, Tensor],
                       source_in: Dict[str, Tensor], source_q: Dict[str, Tensor], source_map: Dict[str, Tensor],
                       source_out: Dict[str, Tensor], last_in: Dict[str, Tensor], up: Dict[str, Tensor],
                       gate: Dict[str, Tensor], down: Dict[str, Tensor], last_out: Dict[str, Tensor], name: str, heads: int,
                       scale: float, source_scale: float) -> List[Tensor]:
    h = x
    kv = past
    if len(q) > 0:
      a, kv = self.attend_past(self.norm(x, norm_in), past, order, q, k, v, out, relative, heads, scale)
      h = self.post_norm(x, a, norm_out, 0.)
    s = self.attend_source(self.norm(h, source_in), source, mask, source_q, source_map, heads, source_scale)
    h = self.post_norm(h, s, source_out, 0.)
    if len(up) > 0:
      n = self.norm(h, last_in)
      if len(gate) > 0:
        f = self.gated_product(self.linear(n, up), self.linear(n, gate), name)
      else:
        f = self.activated(n, up, name)
      h = self.post_norm(h, self.linear(f, down), last_out, 0.)
    return [h, kv]

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
    return self.best(p, so_far, sentences, count)

  # the same of scores that are ready, those of a row's tokens [R, V]
  def best(self, p: Tensor, so_far: Tensor, sentences: int, count: int) -> List[Tensor]:
    best, which = torch.topk((p + so_far.unsqueeze(1)).view([sentences, -1]), count)
    return [best, which]

  def log_probabilities(self, scores: Tensor) -> Tensor:
    return torch.log_softmax(scores, -1)

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

  # w [O, I] or turned -> packed, scales, scale_maxima, scale_mean. It is done part by part into results that are there
  # before: a weight's worth of intermediate results between them would leave memory in pieces that nothing fits into
  def nf4_quantize(self, w: Tensor, turned: bool, pairs: Tensor, codes: Tensor) -> List[Tensor]:
    if turned:
      w = w.t()
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

  # `count` values of the weight turned to [I, O], from an element on
  def nf4_turned_values(self, w: Dict[str, Tensor], inputs: int, outputs: int, start: int, count: int) -> Tensor:
    turned = torch.arange(start, start + count, dtype=4, device=w["packed"].device)
    places = torch.remainder(turned, outputs) * inputs + torch.floor_divide(turned, outputs)
    blocks = torch.floor_divide(places, 64)
    scales = torch.index_select(w["codes"], 0, torch.index_select(w["scales"], 0, blocks).to(3))
    scales = scales * torch.index_select(w["scale_maxima"], 0, torch.floor_divide(blocks, 256)) + w["scale_mean"]
    bytes = torch.index_select(w["packed"], 0, torch.floor_divide(places, 2)).to(4)
    return torch.index_select(w["pairs"].view([-1]), 0, bytes * 2 + torch.remainder(places, 2)) * scales

  # ---- int8: `rounded` [O, I] where products are done in floats, `integers` [O, I] where in integers (LLM.int8, Dettmers
  # et al. 2022), and `row_scales` [O], which they are times

  def int8_integers(self, w: Dict[str, Tensor]) -> Tensor:
    if "integers" in w:
      integers = w["integers"]
    else:
      integers = w["rounded"]
    return integers

  # x [N, I] -> each row times 127 over its largest magnitude, rounded half to even; and these magnitudes [N, 1]
  def int8_rows(self, x: Tensor) -> Tuple[Tensor, Tensor]:
    largest = torch.amax(torch.abs(x), [1], True)
    return torch.round(x * (127. / torch.clamp(largest, min=1e-30))), largest

  # x [N, I] -> each row over its scale, the largest magnitude over 127, rounded half to even; and these magnitudes [N, 1].
  # A quotient may lie on the other side of a half than the product above
  def int8_quotients(self, x: Tensor) -> Tuple[Tensor, Tensor]:
    largest = torch.amax(torch.abs(x), [1], True)
    scales = largest / 127.
    return torch.round(x / torch.where(scales == 0., torch.ones_like(scales), scales)), largest

  # w [O, I] or turned -> integers and row_scales
  def int8_quantize(self, w: Tensor, turned: bool, quotients: bool) -> List[Tensor]:
    if turned:
      w = w.t()
    integers = torch.empty([w.size(0), w.size(1)], dtype=1, device=w.device)
    scales = torch.empty([w.size(0)], dtype=6, device=w.device)
    for start in range(0, w.size(0), 256):
      part = w[start : start + 256].to(6)
      if quotients:
        rows, largest = self.int8_quotients(part)
      else:
        rows, largest = self.int8_rows(part)
      integers[start : start + 256].copy_(rows)
      scales[start : start + 256].copy_(largest.view([-1]) / 127.)
    return [integers, scales]

  # `count` values of the weight [O, I], or turned to [I, O], from an element on
  def int8_values(self, integers: Tensor, scales: Tensor, turned: bool, start: int, count: int) -> Tensor:
    O, I = integers.size()
    places = torch.arange(start, start + count, dtype=4, device=integers.device)
    if turned:
      places = torch.remainder(places, O) * I + torch.floor_divide(places, O)
    values = torch.index_select(integers.view([-1]), 0, places).to(6)
    return values * torch.index_select(scales, 0, torch.floor_divide(places, I))

  # x [N, I] and w [O, I] of whole numbers up to 127 -> x w', exact up to the last rounding: sums of 1,024 of their
  # products stay below 2 ** 24, so that float32 holds them whatever order they are added in, and float64 holds the rest
  def integer_product(self, x: Tensor, w: Tensor) -> Tensor:
    y = torch.matmul(x[:, :1024], w[:, :1024].to(6).t())
    if w.size(1) > 1024:
      sum = y.to(7)
      for start in range(1024, w.size(1), 1024):
        sum = sum + torch.matmul(x[:, start : start + 1024], w[:, start : start + 1024].to(6).t())
      y = sum.to(6)
    return y

  # Columns of x that hold a magnitude of 6 or more are multiplied in floats, the rest in integers. Rounding has no slope:
  # gradients are those of the product in floats
  def int8_linear(self, x: Tensor, w: Dict[str, Tensor]) -> Tensor:
    rows = x.detach().reshape([-1, x.size(-1)]).to(6)
    large = torch.ge(torch.amax(torch.abs(rows), [0]), 6.)
    integers, largest = self.int8_rows(torch.masked_fill(rows, large, 0.))
    # 1 / 127 as bitsandbytes has it in 6.200124e-05 for 1 / 127 ** 2, off by 2e-5: with another one, values behind would be
    # rounded otherwise, layer for layer
    y = self.integer_product(integers, w["integers"]) * (largest * w["row_scales"]) * 0.00787415748
    places = torch.nonzero(large).view([-1])
    if places.size(0) > 0:
      columns = torch.index_select(w["integers"], 1, places).to(6) * w["row_scales"].unsqueeze(1)
      y = y + torch.matmul(torch.index_select(rows, 1, places), columns.t())
    sizes = x.size()
    sizes[-1] = y.size(1)
    y = y.view(sizes)
    if x.requires_grad:
      floats = self.product(x, self.linear_weight(w, x.size(-1)), None).to(6)
      y = floats + (y - floats).detach()
    if "bias" in w:
      y = y + w["bias"]
    return y

  # ---- attention of decoders. N heads, K heads of keys and values, D width of a head. Positions that turn queries and
  # keys, by name: `frequencies` [P], how far each of the P pairs of dimensions turns from one position to the next,
  # `neighbours` where dimensions 2i and 2i + 1 are a pair and not i and i + P, `factor` if what is turned is also scaled;
  # where there are none, nothing turns; or `slopes` [N], by which a head's scores grow with the key's position (ALiBi, Press
  # et al. 2022). Norms of queries and keys go over all heads or over each, as wide as their gain

  # What frequencies are the inverse of, [width / 2], rounded up. They are worked out in float32 as transformers does, for
  # over long rows the last digit counts
  def rotary_powers(self, base: float, width: int) -> Tensor:
    return torch.pow(base, torch.arange(0, width, 2, dtype=6) / width)

  # positions [T] -> [T, P]
  def angles(self, positions: Tensor, rotary: Dict[str, Tensor]) -> Tensor:
    if "frequencies" in rotary:
      a = torch.outer(positions.to(6), rotary["frequencies"])
    else:
      a = positions
    return a

  # x [B, heads, T, D] turned by angles that are as good as [B, heads, T, P]: the first 2 P dimensions
  def rotate(self, x: Tensor, angles: Tensor, rotary: Dict[str, Tensor]) -> Tensor:
    if "frequencies" not in rotary:
      return x
    cos = torch.cos(angles)
    sin = torch.sin(angles)
    if "factor" in rotary:
      cos = cos * rotary["factor"]
      sin = sin * rotary["factor"]
    P = angles.size(-1)
    D = x.size(3)
    y = x.to(6)
    part = y
    if 2 * P < D:
      part = y[:, :, :, : 2 * P]
    if "neighbours" in rotary:
      a, b = torch.unbind(part.unflatten(3, [P, 2]), 4)
      turned = torch.stack([a * cos - b * sin, b * cos + a * sin], 4).flatten(3)
    else:
      a, b = torch.chunk(part, 2, 3)
      turned = torch.cat([a * cos - b * sin, b * cos + a * sin], 3)
    if 2 * P < D:
      turned = torch.cat([turned, y[:, :, :, 2 * P :]], 3)
    return turned

  # queries, keys or values y [B, T, C] -> [B, heads, T, D]; `clip` limits them, 0 does not
  def normed_heads(self, y: Tensor, norm: Dict[str, Tensor], clip: float, heads: int) -> Tensor:
    B, T, C = y.size()
    of_each = "gain-0" in norm
    if "weight" in norm:
      of_each = norm["weight"].size(0) < C
    if not of_each:
      y = self.norm(y, norm)
    y = y.view([B, T, heads, C // heads])
    if of_each:
      y = self.norm(y, norm)
      if "gain-0" in norm:
        gains = annotate(List[Tensor], [])
        for head in range(heads):
          gains.append(norm["gain-" + str(head)])
        y = y * torch.stack(gains)
    if clip > 0.:
      y = torch.clamp(y, -clip, clip)
    return y.transpose(1, 2)

  # what is added to the scores of keys at the positions [.., T]: [.., N, T]; in bfloat16, as transformers works it out
  def biases(self, positions: Tensor, slopes: Tensor, scale: float) -> Tensor:
    return (slopes.to(15).unsqueeze(1) * positions.to(15).unsqueeze(-2)).to(6) * scale

  # [T, T], true where a row's token sees the column's: itself and those before it, `window` in all unless that is 0
  def seen(self, T: int, window: int, like: Tensor) -> Tensor:
    places = torch.arange(T, device=like.device)
    back = places.unsqueeze(1) - places
    seen = torch.ge(back, 0)
    if window > 0:
      seen = torch.logical_and(seen, torch.lt(back, window))
    return seen

  # scores limited softly, unless `cap` is 0
  def capped(self, scores: Tensor, cap: float) -> Tensor:
    if cap > 0.:
      scores = torch.tanh(scores / cap) * cap
    return scores

  # query, key, value [B, N, T, D] -> [B, N, T, D]
  def causal(self, query: Tensor, key: Tensor, value: Tensor, rotary: Dict[str, Tensor], window: int, scale: float,
             cap: float, dropout: float) -> Tensor:
    T = query.size(2)
    if "slopes" in rotary:
      bias = self.biases(torch.arange(T, device=query.device), rotary["slopes"], scale).unsqueeze(1)  # [N, 1, T]
      unseen = torch.logical_not(self.seen(T, window, query))
      bias = torch.masked_fill(bias.expand([-1, T, -1]), unseen, float("-inf"))
      a = self.weighed(query, key, value, bias.to(query.dtype), False, scale, dropout)
    elif window > 0 and window < T:
      a = self.weighed(query, key, value, self.seen(T, window, query), False, scale, dropout, cap)
    else:
      a = self.weighed(query, key, value, None, True, scale, dropout, cap)
    return a

  # x [B, T, C] -> what the heads give, one behind the other [B, T, N D], and keys and values [B, K, T, D]
  def attended(self, x: Tensor, norm: Dict[str, Tensor], q: Dict[str, Tensor], k: Dict[str, Tensor],
               v: Dict[str, Tensor], q_norm: Dict[str, Tensor], k_norm: Dict[str, Tensor], rotary: Dict[str, Tensor],
               clip: float, heads: int, kv_heads: int, window: int, scale: float, cap: float,
               dropout: float) -> Tuple[Tensor, Tensor, Tensor]:
    B, T, C = x.size()
    h = self.norm(x, norm)
    parts = self.queries_keys_values(h, h, q, k, v)
    query = self.normed_heads(parts[0], q_norm, clip, heads)
    key = self.normed_heads(parts[1], k_norm, clip, kv_heads)
    value = self.normed_heads(parts[2], annotate(Dict[str, Tensor], {}), clip, kv_heads)
    if len(rotary) > 0:
      angles = self.angles(torch.arange(T, dtype=6, device=x.device), rotary)
      query = self.rotate(query, angles, rotary)
      key = self.rotate(key, angles, rotary)
    keys = key.type_as(value)
    values = value
    if kv_heads < heads:  # fused attention on CPUs takes as many heads of keys as of queries
      keys = torch.repeat_interleave(keys, heads // kv_heads, 1)
      values = torch.repeat_interleave(value, heads // kv_heads, 1)
    a = self.causal(query.type_as(value), keys, values, rotary, window, scale, cap, dropout)
    return a.transpose(1, 2).reshape([B, T, -1]), key, value

  # x [B, T, C] -> output of the attention sublayer before what stands behind it and the residual [B, T, C]
  def causal_attention(self, x: Tensor, norm: Dict[str, Tensor], q: Dict[str, Tensor], k: Dict[str, Tensor],
                       v: Dict[str, Tensor], out: Dict[str, Tensor], q_norm: Dict[str, Tensor],
                       k_norm: Dict[str, Tensor], rotary: Dict[str, Tensor], clip: float, heads: int, kv_heads: int,
                       window: int, scale: float, cap: float, dropout: float) -> Tensor:
    a, key, value = self.attended(x, norm, q, k, v, q_norm, k_norm, rotary, clip, heads, kv_heads, window, scale, cap,
                                  dropout)
    return self.linear(a, out)

  # the same, and the keys and values that it made [2, B, K, T, D]
  def causal_attention_kept(self, x: Tensor, norm: Dict[str, Tensor], q: Dict[str, Tensor], k: Dict[str, Tensor],
                            v: Dict[str, Tensor], out: Dict[str, Tensor], q_norm: Dict[str, Tensor],
                            k_norm: Dict[str, Tensor], rotary: Dict[str, Tensor], clip: float, heads: int,
                            kv_heads: int, window: int, scale: float, cap: float, dropout: float) -> List[Tensor]:
    a, key, value = self.attended(x, norm, q, k, v, q_norm, k_norm, rotary, clip, heads, kv_heads, window, scale, cap,
                                  dropout)
    return [self.linear(a, out), torch.stack([key.to(6), value.to(6)])]

  # The attention of one token further: x [R, C] at the positions [R], each row with the keys and values that were
  # generated before it, `past` [2, rows before, K, t, D], of which row i continues row order[i]. A sentence's rows share
  # those of its prompt [2, B, K, T, D], which mask [B, T] tells from padding. -> the sublayer's output as of
  # causal_attention [R, C], past with this token
  def causal_attention_step(self, x: Tensor, norm: Dict[str, Tensor], q: Dict[str, Tensor], k: Dict[str, Tensor],
                            v: Dict[str, Tensor], out: Dict[str, Tensor], q_norm: Dict[str, Tensor],
                            k_norm: Dict[str, Tensor], rotary: Dict[str, Tensor], clip: float, heads: int,
                            kv_heads: int, window: int, scale: float, cap: float, past: Tensor, order: Tensor,
                            prompt: Tensor, mask: Tensor, positions: Tensor) -> List[Tensor]:
    R = x.size(0)
    B, T = mask.size()
    h = self.norm(x, norm).unsqueeze(1)
    parts = self.queries_keys_values(h, h, q, k, v)
    angles = self.angles(positions, rotary).view([R, 1, 1, -1])
    query = self.rotate(self.normed_heads(parts[0], q_norm, clip, heads), angles, rotary) * scale  # [R, N, 1, D]
    key = self.rotate(self.normed_heads(parts[1], k_norm, clip, kv_heads), angles, rotary)
    value = self.normed_heads(parts[2], annotate(Dict[str, Tensor], {}), clip, kv_heads)
    past = torch.cat([torch.index_select(past, 1, order), torch.stack([key.to(6), value.to(6)])], 3)
    query = query.to(6).reshape([R, kv_heads, heads // kv_heads, -1])
    own = self.capped(torch.matmul(query, past[0].transpose(2, 3)), cap)  # [R, K, G, t]
    shared = self.capped(torch.matmul(self.by_sentence(query, B), prompt[0].transpose(2, 3)), cap)  # [B, K, R / B * G, T]
    unseen = torch.logical_not(mask)
    if window > 0:
      there = positions.view([B, -1])[:, :1]  # a sentence's rows are all as long
      unseen = torch.logical_or(unseen, torch.ge(there - torch.arange(T, device=x.device), window))
      back = torch.arange(past.size(3) - 1, -1, -1, device=x.device)
      own = torch.masked_fill(own, torch.ge(back, window), float("-inf"))
    shared = torch.masked_fill(shared, unseen.view([B, 1, 1, T]), float("-inf"))
    scores = torch.cat([self.by_row(shared, R), own], 3)
    if "slopes" in rotary:
      back = torch.arange(past.size(3) - 1, -1, -1, device=x.device)
      newer = positions.unsqueeze(1) - back  # [R, t]
      places = torch.cat([torch.arange(T, device=x.device).expand([R, T]), newer], 1)
      scores = scores + self.biases(places, rotary["slopes"], scale).view([R, kv_heads, heads // kv_heads, -1])
    p = torch.softmax(scores, 3)
    a = self.by_row(torch.matmul(self.by_sentence(p[:, :, :, :T], B), prompt[1]), R)
    a = a + torch.matmul(p[:, :, :, T:], past[1])
    return [self.linear(a.reshape([R, -1]), out), past]

  # [R, K, G, W] -> [B, K, R / B * G, W]: a sentence's rows beside each other, for what they share
  def by_sentence(self, x: Tensor, sentences: int) -> Tensor:
    R, K, G, W = x.size()
    return x.reshape([sentences, R // sentences, K, G, W]).transpose(1, 2).reshape([sentences, K, -1, W])

  # and back
  def by_row(self, x: Tensor, rows: int) -> Tensor:
    B, K, G, W = x.size()
    return x.reshape([B, K, rows // B, -1, W]).transpose(1, 2).reshape([rows, K, -1, W])

  def normed_residual(self, x: Tensor, sublayer: Tensor, norm: Dict[str, Tensor], dropout: float) -> Tensor:
    return self.residual(x, self.norm(sublayer, norm), dropout)

  # of two sublayers that both read x
  def parallel_residual(self, x: Tensor, attention: Tensor, feed_forward: Tensor, attention_dropout: float,
                        feed_forward_dropout: float) -> Tensor:
    return self.residual(self.residual(x, attention, attention_dropout), feed_forward, feed_forward_dropout)

  # ---- gated FF sublayers

  # x [B, T, C] -> the up-projection's and the gate's output before the activation [B, T, H] each
  def gated_units(self, x: Tensor, norm: Dict[str, Tensor], up: Dict[str, Tensor], gate: Dict[str, Tensor]) -> List[Tensor]:
    h = self.norm(x, norm)
    return [self.linear(h, up), self.linear(h, gate)]

  def gated_product(self, up: Tensor, gate: Tensor, name: str) -> Tensor:
    return self.activation(gate, name) * up

  # ---- statistics, summed in float64. Activations are float32: a block's, less its means, are multiplied as they are, twice as
  # fast, and summed over 1,024 rows; what the means differ from those of the first block is added in float64, so that
  # neither large means nor means that drift cost digits. An error is about 1e-7 of a unit's own square

  # the means of x [N, C] in float32: what all later means are seen from
  def shift(self, x: Tensor) -> Tensor:
    return self.batch_means(x.to(6))

  # rounded to the nearest, so that a column that never varies is the same as its mean: the mean, and what it has missed
  def batch_means(self, x: Tensor) -> Tensor:
    first = torch.mean(x, [0])
    return first + torch.mean(x - first, [0])

  # adds x [N, C] less the shift [C] over rows. -> x less its own means, these less the shift, and what the rounding of
  # these leaves of x in all. A block is summed in float32: torch adds in pairs of pairs, so that what is lost is a few 1e-8
  # of a deviation, and what the means have lost stands in the rest
  def add_centred(self, sum: Tensor, x: Tensor, shift: Tensor) -> List[Tensor]:
    x = x.to(6)
    means = self.batch_means(x)
    c = x - means
    d = means.to(7) - shift.to(7)
    r = torch.sum(c, [0]).to(7)
    sum.add_(r + d * float(x.size(0)))
    return [c, d, r]

  # adds squares of what is less the shift, over rows; x as add_centred returns it, sum [C]
  def add_centred_squares(self, sum: Tensor, x: List[Tensor]) -> Tensor:
    d = x[1]
    return sum.add_(torch.sum(torch.square(x[0]), [0]).to(7) + d * x[2] * 2. + d * d * float(x[0].size(0)))

  # x [N, C] as add_centred returns it, turned, so many rows at a time as are summed in float32: [C, at most 1,024] each
  def turned(self, x: Tensor) -> List[Tensor]:
    blocks = annotate(List[Tensor], [])
    for start in range(0, x.size(0), 1024):
      blocks.append(x[start : start + 1024].t().contiguous())
    return blocks

  # adds x' y, both less the shift; x of [N, P] and y of [N, Q] as add_centred returns them, x also turned, sum [P, Q]
  def add_centred_product(self, sum: Tensor, x: List[Tensor], turned: List[Tensor], y: List[Tensor]) -> Tensor:
    self.add_product_by_blocks(sum, turned, y[0])
    return self.add_means_product(sum, float(y[0].size(0)), x[1], x[2], y[1], y[2])

  # in one pass where the sum is too large for the cache
  def add_means_product(self, sum: Tensor, N: float, d: Tensor, r: Tensor, e: Tensor, s: Tensor) -> Tensor:
    if sum.numel() > 4194304:
      return sum.addmm_(torch.stack([r + d * N, d], 1), torch.stack([e, s]))
    sum.addcmul_((r + d * N).unsqueeze(1), e)
    return sum.addcmul_(d.unsqueeze(1), s)

  # adds x' y, x [N, P] as `turned` returns it, y [N, Q], sum [P, Q]
  def add_product_by_blocks(self, sum: Tensor, x: List[Tensor], y: Tensor) -> Tensor:
    start = 0
    for block in x:
      end = start + block.size(1)
      self.add_turned_product(sum, block, y[start : end])
      start = end
    return sum

  # adds x y, x [P, n] and y [n, Q] in float32, sum [P, Q]. 512 columns at a time, which oneDNN multiplies fastest where they
  # lie apart; their product is added while it is in the cache, and one of all columns would be new memory each time, which
  # the system has to clear. Measured in environment/bench/SIZE.md
  def add_turned_product(self, sum: Tensor, x: Tensor, y: Tensor) -> Tensor:
    if x.is_cuda:
      return sum.add_(torch.matmul(x, y))
    for start in range(0, y.size(1), 512):
      part = y[:, start : start + 512].contiguous()
      if self.has_onednn():
        product = self.onednn_linear(x, part.t(), None, "none", "")
      else:
        product = torch.matmul(x, part)
      sum[:, start : start + 512].add_(product)
    return sum

  # the same for all pairs i <= j of sublayers: x[i] [N, widths[i]], sums[i] [widths[i], widths from i on]. What lies beside
  # each other is one product
  def add_all_products(self, sums: List[Tensor], x: List[Tensor], d: List[Tensor], r: List[Tensor]) -> NoneType:
    all = torch.cat(x, 1)
    at = 0
    for i in range(len(x)):
      self.add_product_by_blocks(sums[i], self.turned(x[i]), all[:, at:])
      self.add_means_product(sums[i], float(all.size(0)), d[i], r[i], torch.cat(d[i:]), torch.cat(r[i:]))
      at = at + x[i].size(1)
    return None

  # adds x' y to a running sum; x [N, P], y [N, Q], sum [P, Q], all in float64
  def add_product(self, sum: Tensor, x: Tensor, y: Tensor) -> Tensor:
    return sum.addmm_(x.t(), y)

  # cosines of the angles between rows of x and y [N, C], and the angles in half turns, both summed: [2]
  def row_angles(self, x: Tensor, y: Tensor) -> Tensor:
    c = torch.clamp(torch.cosine_similarity(x.to(7), y.to(7), 1, 1e-12), -1., 1.)
    return torch.stack([c.sum(), torch.acos(c).sum() / 3.141592653589793])

  # the same of x with itself, times a number
  def add_shared_product(self, sum: Tensor, x: Tensor, share: float) -> Tensor:
    return sum.addmm_(x.t(), x, beta=1, alpha=share)

  # (y - z) times a number, in float64
  def difference(self, y: Tensor, z: Tensor, share: float) -> Tensor:
    return (y.to(7) - z.to(7)) * share

  # a square matrix less its last row and column
  def without_last(self, x: Tensor) -> Tensor:
    return x[:-1, :-1]

  # adds the products of units with units; x, y [units, C] or turned, sum [units, units]
  def add_unit_products(self, sum: Tensor, x: Tensor, y: Tensor, units_first: bool) -> Tensor:
    if units_first:
      z = sum.addmm_(x.to(7), y.to(7).t())
    else:
      z = sum.addmm_(x.to(7).t(), y.to(7))
    return z

  # adds squares summed over rows; x [N, P], sum [P]
  def add_squares(self, sum: Tensor, x: Tensor) -> Tensor:
    return sum.add_(torch.sum(torch.square(x.to(7)), [0]))

  # x in float64, with a column of ones behind where a map has a bias: what enters the map and its bias in one
  def with_ones(self, x: Tensor, ones: bool) -> Tensor:
    y = x.to(7)
    if ones:
      y = torch.cat([y, torch.ones([y.size(0), 1], dtype=7, device=y.device)], 1)
    return y

  # a map's weight as files have it -> [O, I] in float64
  def whole_map(self, weight: Tensor, turned: bool) -> Tensor:
    w = weight.to(7)
    if turned:
      w = w.t()
    return w.contiguous()

  # the bias as a last column
  def with_bias(self, w: Tensor, bias: Tensor) -> Tensor:
    return torch.cat([w, bias.to(7).unsqueeze(1)], 1)

  # the other way round: the weight in float32; columns beyond `inputs` are the bias's
  def map_weight(self, whole: Tensor, inputs: int, turned: bool) -> Tensor:
    w = whole[:, :inputs].to(6)
    if turned:
      w = w.t()
    return w.contiguous()

  def map_bias(self, whole: Tensor) -> Tensor:
    return whole[:, -1].to(6).contiguous()

  # adds (w - mean) moments to what the regression leaves to be explained; w, mean, sum [O, I], moments [I, I]
  def add_residue(self, sum: Tensor, w: Tensor, mean: Tensor, moments: Tensor) -> Tensor:
    return sum.addmm_(w - mean, moments)

  # the map that is nearest to `mean` but for the `residue` [O, I] that `moments` [I, I] of its inputs explain:
  # mean + residue (moments + ridge)^-1, the ridge a share of the moments' mean diagonal; where there is a bias, the last
  # column's input is constant and has no ridge. Directions that inputs take by rounding to float32 alone, or not at all,
  # are left as the mean has them
  def regressed(self, mean: Tensor, residue: Tensor, moments: Tensor, ridge: float, bias: bool) -> Tensor:
    inputs = moments.size(0)
    if bias:
      inputs = inputs - 1
    diagonal = torch.diagonal(moments)[:inputs]
    diagonal.add_(ridge * torch.mean(diagonal))
    solved = False
    y = mean
    if ridge > 0.:
      L, info = torch.linalg_cholesky_ex(moments)
      if int(info) == 0:
        y = mean + torch.cholesky_solve(residue.t(), L).t()
        solved = True
    if not solved:
      e, v = torch.linalg_eigh(moments)
      least = torch.clamp(e[-1], min=0.) * (float(moments.size(0)) * 1.42e-14)
      inverse = torch.where(e > least, torch.reciprocal(e), torch.zeros_like(e))
      y = mean + torch.matmul(torch.matmul(residue, v) * inverse, v.t())
    return y

  # the best approximation of rank r of d C^1/2, times C^-1/2: d [O, I], C [I, I] the second moments of the inputs ->
  # B [O, r], A [r, I] in float32. Directions with less than 1e-10 of the largest moment count as never taken
  def remainder(self, d: Tensor, C: Tensor, rank: int) -> List[Tensor]:
    e, v = torch.linalg_eigh(C)
    taken = e > torch.clamp(e[-1], min=0.) * 1e-10
    root = torch.where(taken, torch.sqrt(torch.clamp(e, min=0.)), torch.zeros_like(e))
    inverse = torch.where(taken, torch.reciprocal(root), torch.zeros_like(e))
    m = torch.matmul(d, v) * root  # d C^1/2 in the eigenvectors' coordinates, which rank and norm don't see
    if m.size(0) <= m.size(1):
      s, u = torch.linalg_eigh(torch.matmul(m, m.t()))
      B = torch.flip(u, [1])[:, :rank]
      A = torch.matmul(torch.matmul(B.t(), m) * inverse, v.t())
    else:
      s, u = torch.linalg_eigh(torch.matmul(m.t(), m))
      u = torch.flip(u, [1])[:, :rank]
      B = torch.matmul(m, u)
      A = torch.matmul(u.t() * inverse, v.t())
    return [B.to(6).contiguous(), A.to(6).contiguous()]

  # adds sums over rows of y * z and of z * z; sums [2, O], y, z [N, O]
  def add_scale_sums(self, sums: Tensor, y: Tensor, z: Tensor) -> Tensor:
    w = z.to(7)
    return sums.add_(torch.stack([torch.sum(y.to(7) * w, [0]), torch.sum(w * w, [0])]))

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
