package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelConfig;
import ffmerge.architecture.Settings;
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
    private final NDArray classToken; // [1, 1, model]
    private final NDArray positions; // [1, 1 + patches, model]
    private final Linear patches; // [model, channels, patch height, patch width]
    private final PreNormLayers layers;
    private final Norm norm;
    private final Linear head; // [model] → [classes]

    private final ImageShape imageShape;
    private final List<String> classNames;
    private final double dropout;

    VisionTransformer(Architecture architecture, Parameters parameters, NDManager manager, ModelOrigin origin) {
        super(architecture, parameters, manager, origin);
        Settings settings = architecture.settings();
        Norm.Kind norms = Norm.Kind.of("layer", settings, manager);
        LayerWeights w = LayerWeights.outside(parameters, norms);
        dropout = settings.probability("dropout");
        layers = new PreNormLayers(architecture.stacks().get(0), false, settings, norms, parameters);
        classToken = w.array("class-token");
        positions = w.array("positions");
        patches = w.linear("patches");
        norm = w.norm("norm");
        head = w.linear("head");
        ModelConfig config = architecture.config();
        String imageSize = settings.key("imageSize");
        imageShape = new ImageShape(
                Math.toIntExact(w.array("patches").getShape().get(1)),
                config.sizeAt(imageSize, 0),
                config.sizeAt(imageSize, 1));
        classNames = ClassNames.of(settings, head.outputs());
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
                            "patch_states",
                            pixels,
                            b.normalization().factor(),
                            mean,
                            deviation,
                            patches,
                            classToken,
                            positions,
                            pass.dropout(dropout)));
        }
    }

    private static String describe(ImageShape shape) {
        return shape.height() + " × " + shape.width() + " pixels and " + shape.channels()
                + (shape.channels() == 1 ? " channel" : " channels");
    }

    @Override
    HiddenStates layer(HiddenStates from, Pass pass) {
        return layers.run(from, pass);
    }

    @Override
    public NDArray classLogits(HiddenStates last, Pass pass) {
        return pass.run("class_scores", last.x(), norm, head);
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
            return pass.loss("mean_class_loss", "taught_class_loss", last.x(), norm, head, classes);
        }
    }
}
