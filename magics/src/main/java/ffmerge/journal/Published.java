package ffmerge.journal;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Measure;
import ffmerge.merge.MergePlan;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The paper's results after tuning, as {@code published.json} has them.
 *
 * @param source where they are printed
 */
record Published(String source, List<Model> models) {
    private static final String VANILLA = MergePlan.Alignment.NONE.label();
    /** What was done in the paper, by the names that it has here. */
    static final List<String> METHODS = List.of(MergePlan.Alignment.PERMUTE.label(), VANILLA);

    /**
     * A model of the paper.
     *
     * @param hub its id there
     * @param family as {@code config.json} names it
     * @param layers with an FF sublayer, over all stacks
     * @param context in tokens, of which perplexity's stride is half; 0 for what has none
     * @param tuning steps, at most
     * @param tunedBaseline whether the unchanged model was fine-tuned too
     */
    record Model(
            String title,
            String hub,
            String family,
            int layers,
            Measure metric,
            String data,
            String split,
            int context,
            int tuning,
            boolean tunedBaseline,
            double baseline,
            List<Row> rows) {
        Model {
            metric = LoggedMeasures.named(metric.name()); // the table has no more than the name
        }

        /**
         * The row that removes most nearly this share of the FF sublayers; of two that are as near, the one that removes
         * most nearly this share of the parameters.
         */
        Row nearest(double feedForwards, double parameters) {
            return rows.stream()
                    .min(Comparator.<Row>comparingLong(row ->
                                    Math.round(1e9 * Math.abs((double) row.removed() / layers - feedForwards)))
                            .thenComparing(distance(parameters)))
                    .orElseThrow();
        }

        /** The row that removes most nearly this share of the parameters. */
        Row nearest(double parameters) {
            return rows.stream().min(distance(parameters)).orElseThrow();
        }

        private static Comparator<Row> distance(double parameters) {
            return Comparator.comparingDouble(row -> Math.abs(row.parametersRemoved() - parameters));
        }
    }

    /**
     * @param window the same in both stacks, where there are two
     * @param removed FF sublayers, over all stacks
     * @param parametersRemoved a share of 1, from the shapes
     * @param note what is to be known about the printed row
     */
    record Row(String window, int removed, double vanilla, double permuted, double parametersRemoved, String note) {
        double value(String method) {
            return isVanilla(method) ? vanilla : permuted;
        }

        /** How the paper's figures call what is set beside a method of ours. */
        static String title(String method) {
            return isVanilla(method) ? "vanilla" : "permuted";
        }

        private static boolean isVanilla(String method) {
            return method.equals(VANILLA);
        }
    }

    static Published load() {
        ObjectMapper json = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
        try (InputStream in = Published.class.getResourceAsStream("/ffmerge/journal/published.json")) {
            return json.readValue(in, Published.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The model of this family that the paper measured; it has one of each. */
    Optional<Model> ofFamily(String family) {
        return models.stream().filter(m -> m.family().equals(family)).findFirst();
    }
}
