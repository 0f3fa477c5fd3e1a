package ffmerge.cost;

import ffmerge.architecture.Architecture;
import ffmerge.model.Parameters;
import ffmerge.model.WeightForm;
import ffmerge.result.Labels;
import ffmerge.torch.Precision;
import ffmerge.tune.Execution;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a step of tuning holds in memory at once, over all devices that are one: the only arithmetic on it, for what
 * {@code --dry-run} predicts and for the message when memory runs out. Exact for what belongs to parameters, about for the
 * rest.
 *
 * @param model the weights of the model that is loaded
 * @param copies those that are tuned: of the copy, and of replicas on the same device
 * @param gradients one float32 for each parameter that is learned, on each copy
 * @param optimizer AdamW's two running means
 * @param castWeights matrices once more in the precision of products
 * @param activations what the backward pass needs of each layer
 * @param logits scores of a batch's tokens, their probabilities and their gradients
 * @param teacher the weights of the model that it learns from, which is loaded as well; 0 without one
 * @param taught what that teacher takes of a batch: its states, its scores, and both models' softened probabilities
 */
public record StepMemory(
        long model,
        long copies,
        long gradients,
        long optimizer,
        long castWeights,
        long activations,
        long logits,
        long teacher,
        long taught) {
    /** Of scores: the teacher's, both models' softened log-probabilities, their product. */
    private static final int TAUGHT_COPIES = 5;

    /** What a step allocates and frees in turn leaves gaps. */
    private static final double FRAGMENTATION = 1.35;

    /**
     * The weights of a tuning.
     *
     * @param bytes of the model that is loaded
     * @param copied bytes of the copy: float32, or as it is where weights are frozen beside adapters
     * @param parameters of the copy, a tied one once
     * @param learned how many of them are learned: all, or those of adapters
     * @param form in which linear maps are held, if that is not floats
     */
    public record Weights(long bytes, long copied, long parameters, long learned, Optional<WeightForm> form) {
        /** Of a model that is tuned as it is; {@code added} parameters of adapters that it gets first, or 0. */
        public static Weights of(Parameters parameters, long added) {
            boolean frozen = added > 0 || parameters.adapterSettings().isPresent();
            return new Weights(
                    parameters.bytes(),
                    frozen ? parameters.bytes() + added * Float.BYTES : parameters.floatBytes(),
                    parameters.uniqueCount() + added,
                    added > 0 ? added : parameters.learnedCount(),
                    parameters.form());
        }

        /** Whether its gradients are computed layer by layer in any case. */
        boolean layerByLayer() {
            return form.stream().anyMatch(WeightForm::isExpanded);
        }
    }

    /**
     * @param rows examples of a batch, over all devices
     * @param tokensPerExample about
     */
    public static StepMemory of(
            Architecture architecture, Weights weights, int rows, int tokensPerExample, Execution execution) {
        int devices = 1 + execution.replicas().size();
        int onOneDevice =
                1 + (int) execution.replicas().stream().filter(d -> !d.isGpu()).count();
        long tokens = (long) ((rows + devices - 1) / devices) * tokensPerExample;
        boolean layerByLayer = execution.recompute() || weights.layerByLayer();
        boolean casts = execution.products() != Precision.FLOAT32 && !layerByLayer;
        ActivationMemory values = new ActivationMemory(architecture);
        long kept = values.kept(tokens, tokensPerExample, execution, layerByLayer);
        long logits = values.logits(tokens, execution);
        return new StepMemory(
                weights.bytes(),
                onOneDevice * weights.copied(),
                onOneDevice * weights.learned() * Float.BYTES,
                2 * weights.learned() * Float.BYTES,
                casts ? weights.parameters() * execution.products().bytes() : 0,
                (long) (FRAGMENTATION * kept),
                logits,
                0,
                0);
    }

    /**
     * The same step with a teacher.
     *
     * @param bytes of its weights
     * @param rows examples of a batch, over all devices
     */
    public StepMemory taughtBy(
            Architecture architecture, long bytes, int rows, int tokensPerExample, Execution execution) {
        int devices = 1 + execution.replicas().size();
        long tokens = (long) ((rows + devices - 1) / devices) * tokensPerExample;
        ActivationMemory values = new ActivationMemory(architecture);
        long scores = tokens * values.vocabulary() * Float.BYTES;
        return new StepMemory(
                model,
                copies,
                gradients,
                optimizer,
                castWeights,
                activations,
                logits,
                bytes,
                values.pass(tokens) + TAUGHT_COPIES * scores);
    }

    public long total() {
        return model + teacher + besideModel();
    }

    /** What comes to the memory of a process that holds the model, and the teacher. */
    long besideModel() {
        return copies + gradients + optimizer + castWeights + activations + logits + taught;
    }

    private record Part(String name, long bytes) {}

    /** The three largest, in words. */
    String largest() {
        return Stream.of(
                        new Part("activations of a batch", activations),
                        new Part("logits", logits),
                        new Part("optimizer", optimizer),
                        new Part("weights", model + copies),
                        new Part("weights in the precision of products", castWeights),
                        new Part("gradients", gradients),
                        new Part("the teacher", teacher + taught))
                .sorted(Comparator.comparingLong(Part::bytes).reversed())
                .limit(3)
                .map(p -> p.name + " " + Labels.bytes(p.bytes))
                .collect(Collectors.joining(", "));
    }
}
