package ffmerge.shrink;

import ffmerge.Progress;
import ffmerge.UserPath;
import ffmerge.activation.Extent;
import ffmerge.activation.InputSquares;
import ffmerge.align.Aligner;
import ffmerge.align.Calibration;
import ffmerge.align.LayerAlignment;
import ffmerge.architecture.ModelTensor;
import ffmerge.average.FeedForwardInputs;
import ffmerge.model.TransformerModel;
import ffmerge.workload.Workload;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is known of a model: all that several ways to shrink will ask for. What is of activations comes from one pass over the
 * data as far as it fits into memory; the rest follows when it is asked for, from what that pass recorded.
 */
public final class Evidence implements AutoCloseable {
    /** For ways that need none. */
    public static final Evidence NONE = new Evidence(null, null, null, List.of(), Map.of());

    private final Aligner aligner;
    private final FeedForwardInputs inputs;
    private final InputSquares squares;
    private final List<LayerAlignment> given;
    private final Map<String, Object> source;

    private Evidence(
            Aligner aligner,
            FeedForwardInputs inputs,
            InputSquares squares,
            List<LayerAlignment> given,
            Map<String, Object> source) {
        this.aligner = aligner;
        this.inputs = inputs;
        this.squares = squares;
        this.given = given;
        this.source = source;
    }

    /** Alignments that are there already. */
    public static Evidence of(List<LayerAlignment> alignments) {
        return new Evidence(null, null, null, alignments, Map.of());
    }

    /** Sizes of inputs that are there already. */
    public static Evidence of(InputSquares squares) {
        return new Evidence(null, null, squares, List.of(), Map.of());
    }

    /**
     * Finds what is needed.
     *
     * @param needs all that will be asked for
     * @param workload what the model reads; may be null where nothing is needed
     */
    public static Evidence find(
            TransformerModel model, Needs needs, Workload workload, Calibration calibration, Progress progress) {
        if (needs.isNothing()) {
            return NONE;
        }
        InputSquares squares =
                needs.inputSquares().isEmpty() ? null : squares(model, needs, workload, calibration, progress);
        if (needs.inOrder().isEmpty() && needs.inputs().isEmpty()) {
            return new Evidence(null, null, squares, List.of(), source(workload, calibration));
        }
        if (needs.isEmpty()) {
            Aligner aligner = new Aligner(model, needs.inOrder(), List.of(), Calibration.of(0), progress);
            return new Evidence(aligner, null, null, List.of(), Map.of());
        }
        FeedForwardInputs inputs = needs.inputs().isEmpty() ? null : inputs(model, needs, calibration);
        Aligner.Beside beside =
                inputs == null ? Aligner.Beside.NOTHING : new Aligner.Beside(inputs.sites(), inputs.recorder());
        Aligner aligner = new Aligner(
                model, needs.inOrder(), workload.activationBatches(calibration), calibration, progress, beside);
        Evidence evidence = new Evidence(aligner, inputs, squares, List.of(), source(workload, calibration));
        try {
            aligner.capture();
            return evidence;
        } catch (RuntimeException | Error e) {
            evidence.close();
            throw e;
        }
    }

    private static FeedForwardInputs inputs(TransformerModel model, Needs needs, Calibration calibration) {
        long row = model.architecture().modelWidth() * Float.BYTES;
        return new FeedForwardInputs(
                needs.inputs(),
                needs.inputs().size() * calibration.tokens() * row,
                calibration.state().sub("activations"));
    }

    private static InputSquares squares(
            TransformerModel model, Needs needs, Workload workload, Calibration calibration, Progress progress) {
        List<ModelTensor> maps = model.architecture().linearWeights().stream()
                .filter(map -> needs.inputSquares().contains(map.branch()))
                .toList();
        Extent rows = calibration.protocol().extent(calibration.tokens());
        return InputSquares.of(model, maps, workload.activationBatches(calibration), rows, progress);
    }

    /** What a step says of the activations that it was chosen by. */
    public static Map<String, Object> source(Workload workload, Calibration calibration) {
        Map<String, Object> source = new LinkedHashMap<>();
        source.put("protocol", calibration.protocol().label());
        source.put("data", name(workload.data()));
        source.put("tokens", calibration.tokens());
        return source;
    }

    /** Of files, their name alone: a lineage goes with a model that is given away, where it lay on a disk does not. */
    private static String name(String data) {
        Path file = UserPath.exists(data) ? UserPath.of(data).getFileName() : null;
        return file == null ? data : file.toString();
    }

    /** Finds now what could not be found in the first pass. */
    public void prepare(Needs needs) {
        if (aligner != null) {
            aligner.of(needs.pairs());
        }
    }

    /** The alignments of these pairs, in their order. */
    public List<LayerAlignment> alignments(Collection<Aligner.LayerPair> pairs) {
        if (pairs.isEmpty()) {
            return List.of();
        }
        if (aligner != null) {
            return aligner.of(pairs);
        }
        return pairs.stream().map(this::given).toList();
    }

    private LayerAlignment given(Aligner.LayerPair pair) {
        return given.stream()
                .filter(a -> a.stack().equals(pair.stack()) && a.anchor() == pair.anchor() && a.layer() == pair.layer())
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no alignment of " + pair));
    }

    /** What enters the sublayers that were needed. */
    public FeedForwardInputs inputs() {
        return inputs;
    }

    /** How large what enters linear maps is; null where that wasn't needed. */
    public InputSquares squares() {
        return squares;
    }

    /** By which data and conventions it was found; empty where nothing was. */
    public Map<String, Object> source() {
        return source;
    }

    @Override
    public void close() {
        if (aligner != null) {
            aligner.close();
        }
        if (inputs != null) {
            inputs.close();
        }
    }
}
