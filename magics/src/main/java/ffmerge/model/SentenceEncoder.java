package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Settings;
import ffmerge.data.Batch;
import ffmerge.data.LabelledSentence;
import ffmerge.data.SentenceBatch;
import ffmerge.data.TokenBatch;
import ffmerge.torch.Inputs;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * An encoder that classifies sentences: a map of the first token's state, its activation, and scores of the classes. Follows
 * transformers' {@code BertForSequenceClassification} and its kin.
 */
public final class SentenceEncoder extends TextEncoder implements SentenceClassifier {
    private final Linear pooler; // [model] → [model]
    private final String activation;
    private final Linear head; // [model] → [classes]
    private final List<String> classNames;
    private final double poolerDropout;
    private final double headDropout;

    SentenceEncoder(Architecture architecture, Parameters parameters, NDManager manager, ModelOrigin origin) {
        super(architecture, parameters, manager, origin);
        Settings settings = architecture.settings();
        pooler = outside.linear("pooler");
        activation = Activation.of(settings, "poolerActivation");
        head = outside.linear("head");
        classNames = ClassNames.of(settings, head.outputs());
        poolerDropout = settings.probability("poolerDropout");
        headDropout = settings.probability("headDropout");
        if (classNames.size() == 1) {
            throw new UserError(settings.config().source() + ": of one class ('num_labels' 1) a model gives a number,"
                    + " which is not supported; classes are two or more");
        }
    }

    @Override
    public List<String> classNames() {
        return classNames;
    }

    @Override
    public Batch noise(int tokens, long seed) {
        TokenBatch rows = TokenRows.noise(tokens, context(), vocabulary(), seed);
        SplittableRandom random = new SplittableRandom(seed);
        return new SentenceBatch(IntStream.range(0, rows.rows())
                .mapToObj(row -> new LabelledSentence(
                        row,
                        Arrays.stream(rows.part(row, row + 1).ids())
                                .mapToInt(Math::toIntExact)
                                .toArray(),
                        random.nextInt(classNames.size())))
                .toList());
    }

    private NDArray pooled(HiddenStates last, Pass pass) {
        return pass.run(
                "pooled_first", last.x(), pooler, activation, pass.dropout(poolerDropout), pass.dropout(headDropout));
    }

    @Override
    public NDArray classLogits(HiddenStates last, Pass pass) {
        try (NDArray pooled = pooled(last, pass)) {
            return pass.run("scores", pooled, Norm.NONE, head);
        }
    }

    @Override
    public NDArray head(HiddenStates last, Pass pass) {
        return classLogits(last, pass);
    }

    @Override
    public NDArray loss(HiddenStates last, Pass pass) {
        int[] labels = ((SentenceBatch) last.batch()).labels();
        long[] targets = Arrays.stream(labels).asLongStream().toArray();
        try (NDArray classes = Inputs.of(targets, new Shape(labels.length), pass.scope());
                NDArray pooled = pooled(last, pass)) {
            return pass.loss(
                    "target_loss", "taught_target_loss", pooled, Norm.NONE, head, classes, pass.labelSmoothing());
        }
    }
}
