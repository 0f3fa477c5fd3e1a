package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Settings;
import ffmerge.data.Batch;
import ffmerge.data.ImageBatch;
import ffmerge.data.PixelScale;
import ffmerge.torch.Inputs;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * ViT and its kin: a class token, and DeiT's distillation token, before the patches; learned positions; layers with norms
 * before their sublayers. What the classes are told from is the family's: its settings {@code pooling} and
 * {@code anyImageSize}. Follows transformers' {@code ViTForImageClassification}, and those of DeiT, DINOv2 and CLIP.
 */
public final class VisionTransformer extends TransformerModel implements ImageClassifier {
    private final Map<String, NDArray> prefix; // tokens before the patches, [1, 1, model] or [model] each
    private final NDArray positions; // [1, prefix + patches, model], without the 1 in CLIP
    private final Linear patches; // [model, channels, patch height, patch width]
    private final Norm embeddingNorm;
    private final EncoderLayers layers;
    private final Norm norm;
    private final Pooling pooling;
    private final List<Linear> heads; // [pooled] → [classes]; the scores of several are averaged, a bare model has none

    private final ImageShape imageShape;
    private final boolean anyImageSize;
    private final List<String> classNames;
    private final double dropout;

    VisionTransformer(Architecture architecture, Parameters parameters, NDManager manager, ModelOrigin origin) {
        super(architecture, parameters, manager, origin);
        Settings settings = architecture.settings();
        Norm.Kind norms = Norm.Kind.of("layer", settings, manager);
        LayerWeights w = LayerWeights.outside(parameters, norms);
        dropout = settings.probability("embeddingDropout");
        layers = new EncoderLayers(architecture.stacks().get(0), settings, norms, parameters);
        prefix = new LinkedHashMap<>();
        prefix.put("class", w.array("class-token"));
        if (w.has("distillation-token")) {
            prefix.put("distillation", w.array("distillation-token"));
        }
        positions = w.array("positions");
        patches = w.linear("patches");
        embeddingNorm = w.normIfAny("embedding-norm");
        norm = w.normIfAny("norm");
        pooling = Pooling.of(settings.text("pooling"));
        heads = Stream.of("head", "distillation-head")
                .filter(w::has)
                .map(w::linear)
                .toList();
        imageShape = new ImageShape(
                Math.toIntExact(w.array("patches").getShape().get(1)),
                settings.sizeAt("imageSize", 0),
                settings.sizeAt("imageSize", 1));
        anyImageSize = settings.flag("anyImageSize");
        classNames = heads.isEmpty()
                ? List.of()
                : ClassNames.of(settings, heads.get(0).outputs());
        requireSquarePositions(settings);
    }

    /** What of the last states the head reads. */
    private enum Pooling {
        /** The token at the head's place: the first, and of a second head the second. */
        TOKEN,
        /** The patches' mean. */
        PATCHES,
        /** The first token and behind it the patches' mean. */
        TOKEN_AND_PATCHES;

        static Pooling of(String word) {
            return valueOf(word.toUpperCase(java.util.Locale.ROOT).replace('-', '_'));
        }
    }

    /** Those of oblong images can't be interpolated, as nothing says how they lie. */
    private void requireSquarePositions(Settings settings) {
        if (anyImageSize && imageShape.height() != imageShape.width()) {
            throw new UserError(settings.config().source() + ": '" + settings.key("imageSize") + "' "
                    + imageShape.height() + " × " + imageShape.width()
                    + " is not square; positions of other images than square ones are not interpolated");
        }
    }

    @Override
    public ImageShape imageShape() {
        return imageShape;
    }

    @Override
    public boolean takesAnyImageSize() {
        return anyImageSize;
    }

    @Override
    public List<String> classNames() {
        return classNames;
    }

    @Override
    public int tokensPerImage(ImageShape shape) {
        return prefix.size() + rows(shape) * columns(shape);
    }

    private int rows(ImageShape shape) {
        return shape.height() / patchSize(2);
    }

    private int columns(ImageShape shape) {
        return shape.width() / patchSize(3);
    }

    private int patchSize(int axis) {
        return Math.toIntExact(patches.parts(false).get("weight").getShape().get(axis));
    }

    @Override
    public Batch noise(int tokens, long seed) {
        int rows = Math.max(1, tokens / tokensPerImage(imageShape));
        SplittableRandom random = new SplittableRandom(seed);
        byte[] pixels = new byte[rows * imageShape.channels() * imageShape.height() * imageShape.width()];
        random.nextBytes(pixels);
        return new ImageBatch(
                pixels,
                rows,
                imageShape.channels(),
                imageShape.height(),
                imageShape.width(),
                random.ints(rows, 0, Math.max(1, classNames.size())).toArray(),
                PixelScale.ofHalves(imageShape.channels()));
    }

    @Override
    public HiddenStates embed(Batch batch, Pass pass) {
        ImageBatch b = (ImageBatch) batch;
        ImageShape given = new ImageShape(b.channels(), b.height(), b.width());
        requireFits(given);
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
                            "patch_states",
                            pixels,
                            b.normalization().factor(),
                            mean,
                            deviation,
                            patches,
                            prefix,
                            positions,
                            given.equals(imageShape) ? new long[0] : new long[] {rows(given), columns(given)},
                            embeddingNorm,
                            pass.dropout(dropout)));
        }
    }

    private void requireFits(ImageShape given) {
        boolean fits = anyImageSize
                ? given.channels() == imageShape.channels() && rows(given) > 0 && columns(given) > 0
                : given.equals(imageShape);
        if (!fits) {
            throw new UserError("images of " + describe(given) + " were prepared, the model takes "
                    + (anyImageSize ? "any of a patch or more and " : "")
                    + (anyImageSize ? channels(imageShape) : describe(imageShape))
                    + ": is its preprocessor_config.json another model's?");
        }
    }

    private static String describe(ImageShape shape) {
        return shape.height() + " × " + shape.width() + " pixels and " + channels(shape);
    }

    private static String channels(ImageShape shape) {
        return shape.channels() + (shape.channels() == 1 ? " channel" : " channels");
    }

    @Override
    HiddenStates layer(HiddenStates from, Pass pass) {
        return layers.run(from, pass);
    }

    @Override
    public NDArray classLogits(HiddenStates last, Pass pass) {
        NDArray first = scores(0, last, pass);
        if (heads.size() == 1) {
            return first;
        }
        try (first;
                NDArray second = scores(1, last, pass)) {
            return pass.run("mean_of_two", first, second);
        }
    }

    private NDArray scores(int head, HiddenStates last, Pass pass) {
        try (NDArray pooled = pooled(head, last, pass)) {
            return pass.run("scores", pooled, Norm.NONE, heads.get(head));
        }
    }

    /** {@code [batch, model]}, or twice as wide */
    private NDArray pooled(int head, HiddenStates last, Pass pass) {
        return switch (pooling) {
            case TOKEN -> pass.run("pooled_token", last.x(), norm, head);
            case PATCHES -> pass.run("pooled_patches", last.x(), norm, prefix.size());
            case TOKEN_AND_PATCHES -> pass.run("pooled_token_and_patches", last.x(), norm, prefix.size());
        };
    }

    /** Without a head, the states themselves. */
    @Override
    public NDArray head(HiddenStates last, Pass pass) {
        return heads.isEmpty() ? pass.run("norm", last.x(), norm) : classLogits(last, pass);
    }

    @Override
    public NDArray loss(HiddenStates last, Pass pass) {
        int[] labels = ((ImageBatch) last.batch()).labels();
        try (NDArray classes = Inputs.of(
                        IntStream.of(labels).asLongStream().toArray(), new Shape(labels.length), pass.scope());
                NDArray logits = classLogits(last, pass)) {
            return pass.loss("class_loss", "distilled_loss", logits, classes, 0.);
        }
    }
}
