package ffmerge;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.evaluate.Perplexity;
import ffmerge.merge.LayerDrop;
import ffmerge.merge.MergePlan;
import ffmerge.result.AlignResult;
import ffmerge.result.ChooseResult;
import ffmerge.result.CkaResult;
import ffmerge.result.CompareResult;
import ffmerge.result.Difference;
import ffmerge.result.DryRun;
import ffmerge.result.EvalResult;
import ffmerge.result.ExploreResult;
import ffmerge.result.FamiliesResult;
import ffmerge.result.GridResult;
import ffmerge.result.InfoResult;
import ffmerge.result.Interval;
import ffmerge.result.Lineage;
import ffmerge.result.MistakesResult;
import ffmerge.result.ModelInfo;
import ffmerge.result.ModelsResult;
import ffmerge.result.Provenance;
import ffmerge.result.RecipeResult;
import ffmerge.result.Result;
import ffmerge.result.Run;
import ffmerge.result.RunsResult;
import ffmerge.result.SaveResult;
import ffmerge.result.ScoreboardResult;
import ffmerge.result.ShrinkResult;
import ffmerge.result.SweepResult;
import ffmerge.result.TextProtocol;
import ffmerge.result.TuneResult;
import ffmerge.result.WindowScore;
import ffmerge.shrink.DropLayers;
import ffmerge.shrink.MergeSublayers;
import ffmerge.view.Views;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** One result of each kind, with the demo models' values where the reference files have them. */
public final class Samples {
    private static final JsonNode GPT2 = Expected.of("gpt2-novels");
    private static final ObjectMapper JSON = new ObjectMapper();

    private Samples() {}

    public static List<Result> all() {
        return List.of(
                info(),
                eval(),
                cka(),
                ckaOfTwoStacks(),
                align(),
                merge(),
                mergeOfTwoStacks(),
                drop(),
                sweep(),
                sweepOfLengths(),
                explore(),
                choose(),
                tune(),
                compare(),
                grid(),
                save(),
                runs(),
                models(),
                families(),
                mistakes(),
                recipe(),
                dryRun(),
                scoreboard());
    }

    public static InfoResult info() {
        return new InfoResult(modelInfo("base", 2936576));
    }

    private static ModelInfo modelInfo(String name, long unique) {
        Map<String, ModelInfo.StackInfo> stacks = Map.of("decoder", new ModelInfo.StackInfo(12, 512));
        return new ModelInfo(name, "gpt2", 2936576, unique, 4 * unique, "cpu", "float32", stacks);
    }

    public static EvalResult eval() {
        double value = GPT2.at("/full_test/perplexity").asDouble();
        return new EvalResult(
                "base",
                Perplexity.MEASURE,
                value,
                "novels",
                "test",
                1234,
                12.34,
                25600,
                Map.of(),
                null,
                null,
                null,
                List.of(),
                null);
    }

    public static CkaResult cka() {
        return new CkaResult(
                "base",
                "feed-forward",
                10000,
                Map.of("decoder", matrix(GPT2.at("/cka/feed_forward/decoder"))),
                "novels",
                "validation",
                Map.of("decoder", 10000),
                128);
    }

    public static CkaResult ckaOfTwoStacks() {
        JsonNode cka = Expected.of("opus-mt-tatoeba-zh-en").at("/cka/attention");
        Map<String, double[][]> stacks = new LinkedHashMap<>();
        stacks.put("encoder", matrix(cka.get("encoder")));
        stacks.put("decoder", matrix(cka.get("decoder")));
        Map<String, Integer> tokensByStack = new LinkedHashMap<>();
        tokensByStack.put("encoder", 4708);
        tokensByStack.put("decoder", 5287);
        return new CkaResult("mt", "attention", 5287, stacks, "tatoeba", "validation", tokensByStack, null);
    }

    private static double[][] matrix(JsonNode rows) {
        double[][] matrix = new double[rows.size()][rows.size()];
        for (int i = 0; i < matrix.length; i++) {
            for (int j = 0; j < matrix.length; j++) {
                matrix[i][j] = rows.get(i).get(j).asDouble();
            }
        }
        return matrix;
    }

    public static AlignResult align() {
        int[] permutation = new int[512];
        for (int unit = 0; unit < 512; unit++) {
            permutation[unit] = unit < 2 ? unit : 2 + (unit - 2) * 37 % 510;
        }
        double[] edges = {-0.2, 0, 0.2, 0.4, 0.6, 0.8};
        return new AlignResult(
                "base",
                "decoder",
                List.of(3, 4),
                4.2183,
                287.6513,
                permutation,
                "ours",
                "novels",
                "validation",
                10000,
                128,
                new AlignResult.Histogram(
                        edges, new double[] {0, 0, 0.1, 0.4, 0.5}, new double[] {0.5, 0.45, 0.05, 0, 0}, new double[] {
                            0.5, 0.49, 0.01, 0, 0
                        }),
                new AlignResult.Maps(
                        256, new double[][] {{0.1, 0.8}, {0.7, 0.2}}, new double[][] {{0.8, 0.1}, {0.2, 0.7}}));
    }

    public static ShrinkResult merge() {
        List<Integer> layers = List.of(3, 4, 5, 6, 7, 8);
        return shrunk(
                "base",
                "small",
                new MergePlan(List.of(new MergePlan.Group("decoder", layers, 3)), MergePlan.Alignment.PERMUTE, 0),
                MergePlan.Anchor.FIRST,
                sweep().best().matchedCorrelation(),
                2936576,
                2278016);
    }

    public static ShrinkResult mergeOfTwoStacks() {
        List<Integer> layers = List.of(1, 2, 3);
        Map<String, Map<String, Double>> matched = new LinkedHashMap<>();
        for (String stack : List.of("encoder", "decoder")) {
            matched.put(stack, new LinkedHashMap<>());
            matched.get(stack).put("1", 154.5);
            matched.get(stack).put("3", 149.9);
        }
        List<MergePlan.Group> groups = matched.keySet().stream()
                .map(stack -> new MergePlan.Group(stack, layers, 2))
                .toList();
        return shrunk(
                "mt",
                "mt_small",
                new MergePlan(groups, MergePlan.Alignment.PERMUTE, 0),
                MergePlan.Anchor.MIDDLE,
                matched,
                2065152,
                1767936);
    }

    private static ShrinkResult shrunk(
            String model,
            String result,
            MergePlan plan,
            MergePlan.Anchor anchor,
            Map<String, Map<String, Double>> matched,
            long before,
            long after) {
        MergeSublayers way = new MergeSublayers(plan, anchor);
        Map<String, List<Integer>> layers = new LinkedHashMap<>();
        plan.groups().forEach(group -> layers.put(group.stack(), group.layers()));
        return new ShrinkResult(
                model,
                result,
                "permute",
                layers,
                way.groups(),
                anchor.label(),
                "permute",
                matched,
                before,
                after,
                "ours",
                "merge",
                before * Float.BYTES,
                after * Float.BYTES,
                way.step().groups(),
                List.of(),
                way.summary(model),
                way.changes(),
                Map.of("features", "up"));
    }

    public static ShrinkResult drop() {
        DropLayers way = new DropLayers(List.of(new LayerDrop("decoder", List.of(3, 4))));
        return new ShrinkResult(
                "base",
                "cut",
                "drop",
                Map.of("decoder", List.of(3, 4)),
                List.of(),
                null,
                null,
                Map.of(),
                2936576,
                2540032,
                null,
                "drop",
                2936576 * Float.BYTES,
                2540032 * Float.BYTES,
                List.of(),
                List.of(),
                way.summary("base"),
                way.changes(),
                Map.of());
    }

    /** The reference's merges of all windows of six layers, permuted and vanilla. */
    public static SweepResult sweep() {
        List<SweepResult.Row> rows = new ArrayList<>();
        for (JsonNode merge : GPT2.get("merges")) {
            List<Integer> layers = new ArrayList<>();
            merge.get("layers").forEach(layer -> layers.add(layer.asInt()));
            Map<String, Double> matched = new LinkedHashMap<>();
            merge.path("matched_correlation")
                    .properties()
                    .forEach(e -> matched.put(e.getKey(), e.getValue().asDouble()));
            rows.add(new SweepResult.Row(
                    merge.get("permuted").asBoolean() ? "permute" : "none",
                    Map.of("decoder", layers),
                    merge.get("perplexity").asDouble(),
                    matched.isEmpty() ? Map.of() : Map.of("decoder", matched),
                    658560,
                    1.25,
                    5,
                    4 * 658560,
                    0,
                    240,
                    null,
                    null));
        }
        SweepResult.Row best = rows.stream()
                .filter(row -> row.method().equals("permute"))
                .min(Comparator.comparingDouble(SweepResult.Row::value))
                .orElseThrow();
        double baseline = GPT2.at("/baseline/perplexity").asDouble();
        return new SweepResult(
                "base",
                List.of(6),
                Perplexity.MEASURE,
                baseline,
                "novels",
                "test",
                rows,
                best,
                "ours",
                List.of(method(0, "permute", "permuted"), method(1, "none", "vanilla")),
                List.of(),
                null,
                80,
                null,
                null);
    }

    public static ExploreResult explore() {
        return new ExploreResult(sweep());
    }

    /** Windows of three lengths, the last of which ruins the model in one place. */
    public static SweepResult sweepOfLengths() {
        List<SweepResult.Row> rows = new ArrayList<>();
        for (int length = 2; length <= 4; length++) {
            for (int first = 0; first + length <= 6; first++) {
                List<Integer> layers = new ArrayList<>();
                for (int layer = first; layer < first + length; layer++) {
                    layers.add(layer);
                }
                double value = first == 0 && length == 4 ? Double.NaN : 80 + 3 * length + (first - 2) * (first - 2);
                rows.add(new SweepResult.Row(
                        "permute", Map.of("decoder", layers), value, Map.of(), 1, 1, length - 1, 4, 0, 8, null, null));
            }
        }
        return new SweepResult(
                "base",
                List.of(2, 3, 4),
                Perplexity.MEASURE,
                80,
                "novels",
                "test",
                rows,
                rows.get(2),
                "ours",
                List.of(method(0, "permute", "permuted")),
                List.of(),
                null,
                80,
                null,
                null);
    }

    /** The windows of {@link #sweep} with scores that foretell their values, or don't. */
    public static ChooseResult choose() {
        List<ChooseResult.Row> rows = new ArrayList<>();
        Random random = new Random(3);
        for (SweepResult.Row row : sweep().rows()) {
            if (row.method().equals("permute")) {
                Map<WindowScore, Double> scores = new EnumMap<>(WindowScore.class);
                scores.put(WindowScore.CKA, 1 / (1 + row.value() / 100));
                scores.put(WindowScore.INFLUENCE, row.value() / 500 + 0.01 * random.nextGaussian());
                scores.put(WindowScore.RANDOM, random.nextDouble());
                rows.add(new ChooseResult.Row(
                        row.layers(), List.of(), scores, row.value(), null, null, List.of(), 658560));
            }
        }
        return new ChooseResult(
                "base",
                6,
                WindowScore.CKA,
                method(0, "permute", "permuted"),
                Perplexity.MEASURE,
                80,
                "novels",
                "validation",
                rows,
                rows.get(3),
                Map.of(WindowScore.CKA, new ChooseResult.Agreement(-1, new Interval(-1, -0.9), rows.size())),
                Map.of(),
                0,
                List.of(new ChooseResult.Repeat(5000, 1, rows.get(3).groupsOfLayers(), true)),
                10_000,
                "ours",
                List.of(),
                null,
                80);
    }

    private static SweepResult.Method method(int place, String name, String title) {
        Map<String, Object> options = new LinkedHashMap<>();
        options.put("anchor", "first");
        options.put("protocol", "ours");
        return new SweepResult.Method(name, title, place, "merge", options);
    }

    public static TuneResult tune() {
        return tune(300, 300);
    }

    /** @param done how many of the steps are behind it */
    public static TuneResult tune(int steps, int done) {
        Random random = new Random(7);
        List<Double> loss = new ArrayList<>();
        for (int step = 0; step < done; step++) {
            loss.add(4.4 + 0.25 * Math.exp(-6.0 * step / steps) + 0.1 * random.nextGaussian());
        }
        List<TuneResult.Checked> validation = new ArrayList<>();
        for (int sixth = 0; sixth <= 6 && steps * sixth / 6 <= done; sixth++) {
            double value = 83.5 + 4.31 * Math.exp(-sixth / 1.5) + (sixth == 6 ? 0.2 : 0);
            validation.add(new TuneResult.Checked(steps * sixth / 6, value));
        }
        int best = done == steps ? steps * 5 / 6 : 0;
        double after = validation.stream()
                .filter(check -> check.step() == best)
                .findFirst()
                .orElseThrow()
                .value();
        return new TuneResult(
                "small",
                "tuned",
                steps,
                loss,
                Perplexity.MEASURE,
                87.81,
                after,
                validation,
                best,
                61.2,
                4.9,
                0,
                null,
                "novels",
                null,
                64,
                0,
                null);
    }

    public static CompareResult compare() {
        return new CompareResult(
                "novels",
                "test",
                List.of(
                        row("base", 80.65, 2936576),
                        row("permuted", 87.79, 2278016),
                        row("vanilla", 101.37, 2278016),
                        row("tuned", 83.65, 2278016),
                        row("cut", 136.21, 2143488)));
    }

    /** A row of which neither files nor FLOPs were counted. */
    public static CompareResult.Row compareRow(
            String model,
            Measure metric,
            double value,
            long parameters,
            long uniqueParameters,
            long bytes,
            double seconds,
            double tokensPerSecond,
            double latency,
            Interval interval,
            Difference difference,
            TextProtocol scoring,
            long examples) {
        return new CompareResult.Row(
                model,
                metric,
                value,
                parameters,
                uniqueParameters,
                bytes,
                0,
                0,
                seconds,
                tokensPerSecond,
                Map.of(1, new CompareResult.Latency(latency, null, null)),
                interval,
                difference,
                scoring,
                examples,
                null);
    }

    private static CompareResult.Row row(String model, double value, long unique) {
        return compareRow(
                model,
                Perplexity.MEASURE,
                value,
                Math.max(unique, 2278016),
                unique,
                4 * unique,
                12.34,
                25600,
                0.0123,
                new Interval(value - 4, value + 4.5),
                model.equals("base")
                        ? null
                        : new Difference("base", value - 80.65, new Interval(value - 82, value - 79), 0.001, 0.004),
                null,
                613);
    }

    /** Two ways at two sizes with two seeds; the second one doesn't come so far. */
    public static GridResult grid() {
        List<GridResult.Cell> cells = new ArrayList<>();
        List<GridResult.Row> rows = new ArrayList<>();
        for (double size : new double[] {0.1, 0.4}) {
            for (String way : List.of("merge --average regression", "drop")) {
                boolean reached = size < 0.4 || way.startsWith("merge");
                for (int seed = 0; seed < 2; seed++) {
                    cells.add(
                            reached
                                    ? cell(way, size, seed, 84 + 60 * size + seed)
                                    : GridResult.Cell.missing(way, size, seed, MISSED));
                }
                double value = 84.5 + 60 * size;
                rows.add(
                        reached
                                ? row(way, size, value, List.of(value - 0.5, value + 0.5))
                                : GridResult.Row.missing(way, size, MISSED));
            }
        }
        List<GridResult.Cell> controls =
                List.of(cell(GridResult.UNCHANGED, null, null, 80.65), cell(GridResult.UNCHANGED_TUNED, null, 0, 80.1));
        rows.add(0, row(GridResult.UNCHANGED, null, 80.65, List.of(80.65)));
        return new GridResult(
                "gpt2-novels",
                "novels",
                "test",
                Perplexity.MEASURE,
                "parameters",
                10,
                GridResult.UNCHANGED_TUNED,
                null,
                613,
                cells,
                controls,
                rows,
                Map.of("parameters", List.of(rows.get(0), rows.get(1))),
                3,
                null);
    }

    private static final String MISSED = "it removes at most 39.0 % of the parameters";

    private static GridResult.Cell cell(String way, Double size, Integer seed, double value) {
        double removed = size == null ? 0 : size;
        long parameters = (long) (2936576 * (1 - removed));
        GridResult.Shrunken model = new GridResult.Shrunken(
                value,
                new Interval(value - 4, value + 4.5),
                parameters,
                4 * parameters,
                removed,
                size == null ? "" : "3-6",
                new Lineage("gpt2-novels"),
                seed == null
                        ? List.of()
                        : List.of(new TuneResult.Checked(0, value + 9), new TuneResult.Checked(10, value + 2)),
                seed == null ? null : 10,
                seed == null ? null : 40_960L,
                null,
                Map.of(),
                12.5);
        return new GridResult.Cell(way, size, seed, model, "0f8fad5b-d9cb", difference(value), "");
    }

    private static Difference difference(double value) {
        return new Difference(
                GridResult.UNCHANGED_TUNED, value - 80.65, new Interval(value - 82, value - 79), 0.001, 0.004);
    }

    private static GridResult.Row row(String way, Double size, double value, List<Double> values) {
        double removed = size == null ? 0 : size;
        long parameters = (long) (2936576 * (1 - removed));
        return new GridResult.Row(
                way,
                size,
                value,
                new Interval(value - 4, value + 4.5),
                values,
                parameters,
                4 * parameters,
                removed,
                null,
                difference(value),
                40_960L,
                null,
                "");
    }

    public static SaveResult save() {
        return new SaveResult("small", "models/small", "tied", "float16", 4556000);
    }

    public static RunsResult runs() {
        Provenance provenance = new Provenance("0.1.0", "17.0.1", "Linux amd64", 2, "gpt2-novels > merge 3-8");
        return new RunsResult(List.of(
                run("merge", "merge base --window 3-8 --as small", merge(), provenance),
                run("eval", "eval small", eval(), provenance),
                run("sweep", "sweep base --length 6", sweep(), provenance),
                run("tune", "tune small --steps 300 --as tuned", tune(), provenance)));
    }

    private static Run run(String command, String line, Result result, Provenance provenance) {
        return new Run(
                "2026-11-21T15:54:03.123Z",
                "0f8fad5b-d9cb",
                command,
                line,
                List.of(),
                Map.of(),
                12.34,
                provenance,
                Map.of(),
                result.measurements(),
                JSON.valueToTree(result),
                Views.BUILT_IN.of(result).outcome(result));
    }

    public static ModelsResult models() {
        return new ModelsResult(
                List.of("gpt2-novels", "vit-digits"),
                List.of("novels", "digits"),
                List.of(modelInfo("small", 2278016)));
    }

    public static FamiliesResult families() {
        return new FamiliesResult(List.of(
                new FamiliesResult.Family(
                        "llama",
                        "Llama",
                        List.of("llama"),
                        "language-modelling",
                        List.of("decoder"),
                        "yes",
                        true,
                        true,
                        List.of("feed-forward", "attention"),
                        List.of("hidden", "head"),
                        List.of("int8", "nf4"),
                        List.of("tied", "expanded", "gguf"),
                        null),
                new FamiliesResult.Family(
                        "mine",
                        "Mine",
                        List.of("mine"),
                        "image-classification",
                        List.of("encoder"),
                        "no",
                        false,
                        false,
                        List.of("feed-forward"),
                        List.of("hidden"),
                        List.of("int8"),
                        List.of("tied"),
                        "families/mine.json")));
    }

    public static MistakesResult mistakes() {
        Map<String, String> predicted = new LinkedHashMap<>(Map.of("base", "4"));
        predicted.put("small", "9");
        return new MistakesResult(
                "digits",
                "test",
                2000,
                Map.of("base", 109L),
                List.of(new MistakesResult.Row(7, "row 7 of digits-test.parquet", "4", predicted, "iVBORw0KGgo=")));
    }

    public static RecipeResult recipe() {
        return new RecipeResult(5, 192.4);
    }

    public static ScoreboardResult scoreboard() {
        return new ScoreboardResult(
                "arXiv 2501.06126, Table 10",
                List.of(score("small", 0, 87.79), score("tuned", 300, 83.65), score("unmeasured", 0, Double.NaN)));
    }

    private static ScoreboardResult.Row score(String model, int steps, double value) {
        double baseline = 80.65;
        double theirs = 17.27 / 16.16 - 1;
        double change = value / baseline - 1;
        return new ScoreboardResult.Row(
                "2026-11-21T15:54:03.123Z",
                "eval",
                model,
                "gpt2-novels",
                "permute",
                "3-8",
                steps,
                null,
                Perplexity.MEASURE,
                value,
                baseline,
                change,
                5 / 12.0,
                0.2243,
                new ScoreboardResult.PublishedRow(
                        "GPT-2 Large", "22-34", 17.27, 16.16, theirs, 1 / 3.0, 0.2033, "permuted", Perplexity.MEASURE),
                change - theirs,
                List.of("data novels test, theirs WikiText-103 test"),
                "permuted");
    }

    public static DryRun dryRun() {
        return new DryRun("merge", "base", 12.5, 1_200_000_000L, 0, 2936576, 2278016);
    }
}
