package ffmerge.cost;

import ffmerge.architecture.Architecture;
import ffmerge.architecture.AttentionTensor;
import ffmerge.architecture.FeedForwardTensor;
import ffmerge.architecture.ModelTensor;
import ffmerge.architecture.Stack;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.model.TransformerModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Floating-point operations of a forward pass, a multiplication with its addition counted as two, by the formula of Kaplan et
 * al. 2020 (table 1) with attention as Chowdhery et al. 2022 (appendix B) have it: {@code 2·in·out} for each linear map and
 * token, {@code 4·context·heads·width} for scores and weighted sum of each attention sublayer and token, over all positions of
 * the context whatever a mask leaves out. The head counts, looking embeddings up doesn't; norms, biases, activations and
 * softmax are left out. A map counts in each place where it is applied, so that merged sublayers cost what they cost before;
 * fewer bits leave the count, adapters and factors add theirs.
 */
public final class Flops {
    /** The last maps, of which a first one may stand before that to the vocabulary or the classes. */
    private static final Set<String> HEADS = Set.of("head", "head-dense", "pooler");

    private static final String PATCHES = "patches";

    private Flops() {}

    /**
     * Of one token.
     *
     * @param context tokens of an example: of a window of text; of an image, the class token among them; of a source, which
     *     has a target of the same length, the count then being the mean over both
     */
    public static long perToken(TransformerModel model, int context) {
        Architecture architecture = model.architecture();
        double all = linear(architecture) + attention(architecture, context) + beside(model);
        double head = 2. * head(architecture);
        return Math.round(
                switch (architecture.task()) {
                    case LANGUAGE_MODELLING, MASKED_LANGUAGE_MODELLING -> all + head;
                    case SENTENCE_CLASSIFICATION -> all + head / context;
                    case IMAGE_CLASSIFICATION -> all + (2. * patches(architecture, context) + head) / context;
                    case TRANSLATION -> (all + head) / 2;
                });
    }

    private static double linear(Architecture architecture) {
        return 2.
                * architecture.linearWeights().stream()
                        .mapToDouble(ModelTensor::elements)
                        .sum();
    }

    private static double attention(Architecture architecture, int context) {
        double sum = 0;
        for (Stack stack : architecture.stacks()) {
            long sublayers = 0;
            for (int layer = 0; layer < stack.layers(); layer++) {
                sublayers += architecture.attention(stack.name(), layer).stream()
                        .map(AttentionTensor::sublayer)
                        .distinct()
                        .count();
            }
            if (sublayers > 0) {
                sum += 4. * context * architecture.queriesWidth(stack.name()) * sublayers;
            }
        }
        return sum;
    }

    /** Multiplications of the map to the vocabulary or the classes, a tied one too. */
    private static double head(Architecture architecture) {
        return Stream.concat(
                        architecture.tensors().stream(),
                        architecture.ties().stream().map(Architecture.Tie::tensor))
                .filter(tensor -> HEADS.contains(tensor.role()) && tensor.kind() == ModelTensor.Kind.LEARNED)
                .mapToDouble(ModelTensor::elements)
                .sum();
    }

    /** Multiplications of the map from patches, which tokens before the patches don't take. */
    private static double patches(Architecture architecture, int context) {
        long before = architecture.tensors().stream()
                .filter(tensor -> tensor.role().endsWith("-token"))
                .count();
        return (context - before)
                * architecture.tensors().stream()
                        .filter(tensor -> tensor.role().equals(PATCHES))
                        .mapToDouble(ModelTensor::elements)
                        .sum();
    }

    /** Of adapters, a shared one in each of its places, and of factors behind maps. */
    private static double beside(TransformerModel model) {
        double sum = model.architecture().tensors().stream()
                .filter(tensor -> tensor.role().equals(FeedForwardTensor.FACTOR))
                .mapToDouble(ModelTensor::elements)
                .sum();
        if (model.parameters().adapterSettings().isEmpty()) {
            return sum;
        }
        Checkpoint adapters = model.adapterCheckpoint();
        List<String> places = new ArrayList<>(adapters.tensors().keySet());
        adapters.ties().keptByAlias().values().forEach(places::add);
        return sum
                + places.stream()
                        .mapToDouble(name -> 2. * adapters.tensors().get(name).elements())
                        .sum();
    }
}
