package ffmerge.result;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import ffmerge.Measure;
import java.util.List;
import java.util.Map;

/**
 * Windows or groups of layers by what they can be chosen by, and how well each of that predicts what a sweep measures.
 *
 * @param length layers of a window; of groups, as many sublayers go as one of such a window
 * @param by what the best one is chosen by
 * @param method what is done to the layers
 * @param baseline the unchanged model's value; NaN where nothing was measured
 * @param rows the candidates
 * @param best the one to take; null where none saves anything
 * @param agreement by cheap score
 * @param agreementTuned the same with the values after tuning; empty where nothing was tuned
 * @param steps of tuning of each candidate
 * @param repeats what is best by other calibration; empty where nothing was repeated
 * @param tokens over which activations are recorded
 * @param leftOut candidates that could not be changed
 * @param scoring by which protocol a text was scored; null where none was
 * @param examples of the split that were scored, from its start
 */
@JsonPropertyOrder({"model", "length", "by", "metric", "higherIsBetter"})
public record ChooseResult(
        String model,
        int length,
        WindowScore by,
        SweepResult.Method method,
        Measure metric,
        double baseline,
        String data,
        String split,
        List<Row> rows,
        Row best,
        Map<WindowScore, Agreement> agreement,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<WindowScore, Agreement> agreementTuned,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) int steps,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Repeat> repeats,
        int tokens,
        String protocol,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<SweepResult.LeftOut> leftOut,
        @JsonUnwrapped TextProtocol scoring,
        @JsonInclude(JsonInclude.Include.NON_DEFAULT) long examples)
        implements Result, LayerChoice {
    /**
     * A window or groups of layers.
     *
     * @param layers by stack, of all groups
     * @param groups where they are several, or their layers aren't adjacent; else empty
     * @param scores the cheap ones that there are
     * @param value what a sweep gives; NaN where it wasn't measured
     * @param interval of 95 % of the value; null where there is none
     * @param tuned the value after some steps of tuning; null where nothing was tuned
     * @param proposedBy the scores whose own groups these are; empty of windows
     */
    public record Row(
            Map<String, List<Integer>> layers,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<Map<String, List<Integer>>> groups,
            Map<WindowScore, Double> scores,
            double value,
            Interval interval,
            @JsonInclude(JsonInclude.Include.NON_NULL) Double tuned,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<WindowScore> proposedBy,
            long parametersRemoved) {
        /** The layers of each group in the first stack: of a window it is one. */
        public List<List<Integer>> groupsOfLayers() {
            List<Map<String, List<Integer>>> all = groups.isEmpty() ? List.of(layers) : groups;
            return all.stream().map(group -> group.values().iterator().next()).toList();
        }

        public double score(WindowScore score) {
            return scores.getOrDefault(score, Double.NaN);
        }
    }

    /**
     * How a score ranks the candidates in comparison with their measured values.
     *
     * @param spearman of the scores and the values as they are; where one of both is better when higher and the other when
     *     lower, a score that predicts well has −1
     * @param interval of 95 %, by bootstrap over the candidates; null where there are too few
     * @param candidates that have both
     */
    public record Agreement(double spearman, Interval interval, int candidates) {}

    /**
     * The same choice by other texts, another seed and another number of tokens.
     *
     * @param groups of layers that were best
     * @param same whether they are the result's
     */
    public record Repeat(int tokens, int seed, List<List<Integer>> groups, boolean same) {}

    /** Said where intervals are of few examples; else null. */
    @JsonProperty("fewExamples")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public FewExamples fewExamples() {
        return FewExamples.of(examples);
    }

    @Override
    public List<List<Integer>> chosen() {
        return best == null ? List.of() : best.groupsOfLayers();
    }

    /** Whether a larger value is the better one. */
    @JsonProperty("higherIsBetter")
    public boolean higherIsBetter() {
        return metric.higherIsBetter();
    }

    /** How many of the repeats chose the same, as a share; null where nothing was repeated. */
    @JsonProperty("sameBest")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public Double sameBest() {
        return repeats.isEmpty()
                ? null
                : (double) repeats.stream().filter(Repeat::same).count() / repeats.size();
    }

    /** Whether a score ranks the better candidates higher. */
    public boolean isBetterHigher(WindowScore score) {
        return score.isCheap() ? score.higherIsBetter() : metric.higherIsBetter();
    }

    /** Spearman's correlation with its sign turned so that 1 always is a score that ranks as the measure does. */
    public double predicts(WindowScore score, Agreement of) {
        return isBetterHigher(score) == metric.higherIsBetter() ? of.spearman() : -of.spearman();
    }
}
