package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelConfig;
import ffmerge.data.Batch;
import ffmerge.data.ImageBatch;
import ffmerge.data.PixelScale;
import ffmerge.torch.Inputs;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * ViT: a class token before the patches, learned positions, pre-norm. Follows transformers'
 * {@code ViTForImageClassification}.
 */
public final class VisionTransformer extends TransformerModel implements ImageClassifier {
    private static final String STACK = "encoder";

    private final NDArray classToken; // [1, 1, model]
    private final NDArray positions; // [1, 1 + patches, model]
    private final NDArray patchWeight; // [model, channels, patch height, patch width]
    private final NDArray patchBias; // [model]
    private final NDArray normWeight; // [model]
    private final NDArray normBias; // [model]
    private final NDArray headWeight; // [classes, model]
    private final NDArray headBias; // [classes]
    private final List<Layer> layers;

    private final ImageShape imageShape;
    private final List<String> classNames;
    private final int heads;
    private final double epsilon;
    private final String activation;
    private final double hiddenDropout;
    private final double attentionDropout;

    /** The weights of a layer; shapes in vit.json. */
    private record Layer(
            NDArray attentionNormWeight,
            NDArray attentionNormBias,
            NDArray queryWeight,
            NDArray queryBias,
            NDArray keyWeight,
            NDArray keyBias,
            NDArray valueWeight,
            NDArray valueBias,
            NDArray attentionOutWeight,
            NDArray attentionOutBias,
            NDArray feedForwardNormWeight,
            NDArray feedForwardNormBias,
            NDArray upWeight,
            NDArray upBias,
            NDArray downWeight,
            NDArray downBias) {
        /** @param noBias stands for the biases of query, key and value, or is null where they have their own */
        static Layer of(Parameters p, String prefix, NDArray noBias) {
            String attention = prefix + "attention.attention.";
            return new Layer(
                    p.get(prefix + "layernorm_before.weight"),
                    p.get(prefix + "layernorm_before.bias"),
                    p.get(attention + "query.weight"),
                    noBias != null ? noBias : p.get(attention + "query.bias"),
                    p.get(attention + "key.weight"),
                    noBias != null ? noBias : p.get(attention + "key.bias"),
                    p.get(attention + "value.weight"),
                    noBias != null ? noBias : p.get(attention + "value.bias"),
                    p.get(prefix + "attention.output.dense.weight"),
                    p.get(prefix + "attention.output.dense.bias"),
                    p.get(prefix + "layernorm_after.weight"),
                    p.get(prefix + "layernorm_after.bias"),
                    p.get(prefix + "intermediate.dense.weight"),
                    p.get(prefix + "intermediate.dense.bias"),
                    p.get(prefix + "output.dense.weight"),
                    p.get(prefix + "output.dense.bias"));
        }
    }

    VisionTransformer(Architecture architecture, Parameters parameters, NDManager manager, ModelOrigin origin) {
        super(architecture, parameters, manager, origin);
        ModelConfig config = architecture.config();
        int width = config.size("hidden_size");
        heads = config.size("num_attention_heads");
        if (width % heads != 0) {
            throw new UserError(
                    config.source() + ": hidden_size " + width + " does not divide into " + heads + " heads");
        }
        epsilon = config.number("layer_norm_eps", 1e-12, 0, 1);
        activation = Activation.of(config, "hidden_act", "gelu");
        hiddenDropout = Pass.probability(config.number("hidden_dropout_prob", 0), "hidden_dropout_prob");
        attentionDropout =
                Pass.probability(config.number("attention_probs_dropout_prob", 0), "attention_probs_dropout_prob");

        classToken = parameters.get("vit.embeddings.cls_token");
        positions = parameters.get("vit.embeddings.position_embeddings");
        patchWeight = parameters.get("vit.embeddings.patch_embeddings.projection.weight");
        patchBias = parameters.get("vit.embeddings.patch_embeddings.projection.bias");
        normWeight = parameters.get("vit.layernorm.weight");
        normBias = parameters.get("vit.layernorm.bias");
        headWeight = parameters.get("classifier.weight");
        headBias = parameters.get("classifier.bias");
        NDArray noBias = config.flag("qkv_bias", true) ? null : manager.zeros(new Shape(width), DataType.FLOAT32);
        layers = IntStream.range(0, layers())
                .mapToObj(i -> Layer.of(parameters, "vit.encoder.layer." + i + ".", noBias))
                .toList();
        imageShape = new ImageShape(
                Math.toIntExact(patchWeight.getShape().get(1)),
                config.sizeAt("image_size", 0),
                config.sizeAt("image_size", 1));
        classNames = classNames(config, Math.toIntExact(headBias.getShape().get(0)));
    }

    /** Names as in {@code id2label}; where there are none, those that transformers gives: {@code LABEL_0}. */
    private static List<String> classNames(ModelConfig config, int classes) {
        return IntStream.range(0, classes)
                .mapToObj(i -> config.text("id2label", String.valueOf(i), "LABEL_" + i))
                .toList();
    }

    @Override
    public ImageShape imageShape() {
        return imageShape;
    }

    @Override
    public List<String> classNames() {
        return classNames;
    }

    @Override
    public int tokensPerImage() {
        return Math.toIntExact(positions.getShape().get(1));
    }

    @Override
    public Batch noise(int tokens, long seed) {
        int rows = Math.max(1, tokens / tokensPerImage());
        SplittableRandom random = new SplittableRandom(seed);
        byte[] pixels = new byte[rows * imageShape.channels() * imageShape.height() * imageShape.width()];
        random.nextBytes(pixels);
        return new ImageBatch(
                pixels,
                rows,
                imageShape.channels(),
                imageShape.height(),
                imageShape.width(),
                random.ints(rows, 0, classNames.size()).toArray(),
                PixelScale.ofHalves(imageShape.channels()));
    }

    @Override
    public HiddenStates embed(Batch batch, Pass pass) {
        ImageBatch b = (ImageBatch) batch;
        ImageShape given = new ImageShape(b.channels(), b.height(), b.width());
        if (!given.equals(imageShape)) {
            throw new UserError("images of " + describe(given) + " were prepared, the model takes "
                    + describe(imageShape) + ": is its preprocessor_config.json another model's?");
        }
        pass.seedDropout(0);
        NDManager scope = pass.scope();
        Shape perChannel = new Shape(b.channels(), 1, 1);
        try (NDArray pixels = scope.create(
                        ByteBuffer.wrap(b.pixels()),
                        new Shape(b.rows(), b.channels(), b.height(), b.width()),
                        DataType.UINT8);
                NDArray mean = scope.create(b.normalization().mean(), perChannel);
                NDArray deviation = scope.create(b.normalization().deviation(), perChannel)) {
            return new HiddenStates(
                    batch,
                    0,
                    pass.run(
                            "vit_embed",
                            pixels,
                            b.normalization().factor(),
                            mean,
                            deviation,
                            patchWeight,
                            patchBias,
                            classToken,
                            positions,
                            pass.dropout(hiddenDropout)));
        }
    }

    private static String describe(ImageShape shape) {
        return shape.height() + " × " + shape.width() + " pixels and " + shape.channels()
                + (shape.channels() == 1 ? " channel" : " channels");
    }

    @Override
    HiddenStates layer(HiddenStates from, Pass pass) {
        int layer = from.layer();
        NDArray x = from.x();
        Layer w = layers.get(layer);
        NDArray afterAttention;
        try (NDArray attention = pass.run(
                "vit_attention",
                x, // [batch, 1 + patches, model]
                w.attentionNormWeight,
                w.attentionNormBias,
                epsilon,
                w.queryWeight,
                w.queryBias,
                w.keyWeight,
                w.keyBias,
                w.valueWeight,
                w.valueBias,
                w.attentionOutWeight,
                w.attentionOutBias,
                heads,
                pass.dropout(attentionDropout))) {
            pass.observe(Site.ATTENTION, STACK, layer, attention);
            afterAttention = pass.run("residual", x, attention, pass.dropout(hiddenDropout));
        }
        try (afterAttention;
                NDArray units = pass.run( // [batch, 1 + patches, hidden]
                        "vit_up",
                        afterAttention,
                        w.feedForwardNormWeight,
                        w.feedForwardNormBias,
                        epsilon,
                        w.upWeight,
                        w.upBias);
                NDArray feedForward = pass.run("vit_down", units, activation, w.downWeight, w.downBias)) {
            pass.observe(Site.FEED_FORWARD_UNITS, STACK, layer, units);
            pass.observe(Site.FEED_FORWARD, STACK, layer, feedForward);
            return from.next(pass.run("residual", afterAttention, feedForward, pass.dropout(hiddenDropout)));
        }
    }

    @Override
    public NDArray classLogits(HiddenStates last, Pass pass) {
        return pass.run("class_logits", last.x(), normWeight, normBias, epsilon, headWeight, headBias);
    }

    @Override
    public NDArray head(HiddenStates last, Pass pass) {
        return classLogits(last, pass);
    }

    @Override
    public NDArray loss(HiddenStates last, Pass pass) {
        int[] labels = ((ImageBatch) last.batch()).labels();
        try (NDArray classes =
                Inputs.of(IntStream.of(labels).asLongStream().toArray(), new Shape(labels.length), pass.scope())) {
            return pass.run("mean_class_loss", last.x(), normWeight, normBias, epsilon, headWeight, headBias, classes);
        }
    }
}
