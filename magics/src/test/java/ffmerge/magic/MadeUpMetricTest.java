package ffmerge.magic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.Measure;
import ffmerge.UserError;
import ffmerge.data.Batch;
import ffmerge.data.Split;
import ffmerge.evaluate.Evaluator;
import ffmerge.evaluate.Metric;
import ffmerge.evaluate.MetricValue;
import ffmerge.evaluate.Scores;
import ffmerge.magic.command.Arguments;
import ffmerge.magic.command.Command;
import ffmerge.magic.command.CommandSpec;
import ffmerge.magic.command.Commands;
import ffmerge.magic.command.Host;
import ffmerge.magic.command.Options;
import ffmerge.magic.command.Session;
import ffmerge.model.HiddenStates;
import ffmerge.model.LanguageModel;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import ffmerge.plot.Look;
import ffmerge.plot.ValueAxis;
import ffmerge.result.DryRun;
import ffmerge.result.Labels;
import ffmerge.result.Measurement;
import ffmerge.result.Result;
import ffmerge.result.Run;
import ffmerge.result.ScoreboardResult;
import ffmerge.shrink.Ways;
import ffmerge.table.Columns;
import ffmerge.view.View;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.imageio.ImageIO;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.mime.MIMEType;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.markers.SeriesMarkers;
import tech.tablesaw.api.Table;

/** A metric, a result, its view and a command that ffmerge doesn't know work to their end: they stand in two lists. */
class MadeUpMetricTest extends MadeUpTests {
    /** The mean probability that a model gives to the token that comes. */
    private record Confidence(Metric text) implements Metric {
        static final Measure MEASURE =
                Measure.higher("confidence", "excerpts").titled("Confidence").asShare();

        @Override
        public Measure measure() {
            return MEASURE;
        }

        @Override
        public List<Batch> batches() {
            return text.batches();
        }

        @Override
        public Work work() {
            return text.work();
        }

        @Override
        public Scores score(TransformerModel model, HiddenStates states, Pass pass) {
            HiddenStates last = model.advance(states, model.layers(), pass);
            try (NDArray losses = ((LanguageModel) model).tokenLosses(last, pass)) {
                float[] all = losses.toFloatArray();
                int perRow = all.length / states.batch().rows();
                List<double[]> rows = new ArrayList<>();
                for (int from = 0; from < all.length; from += perRow) {
                    double probability = 0;
                    for (int i = from; i < from + perRow; i++) {
                        probability += Math.exp(-all[i]);
                    }
                    rows.add(new double[] {probability, perRow});
                }
                return new Scores(rows, all.length);
            }
        }

        @Override
        public double value(Total total) {
            return total.sums()[0] / total.sums()[1];
        }
    }

    /** How sure a model is of a text. */
    private record GuessResult(String model, Measure metric, double value, String data, String split)
            implements Result {
        @Override
        public List<Measurement> measurements() {
            return List.of(new Measurement(model, metric, value, data, split, null, 0));
        }
    }

    private static final class GuessView implements View<GuessResult> {
        @Override
        public Class<GuessResult> type() {
            return GuessResult.class;
        }

        @Override
        public String command(GuessResult result) {
            return "guess";
        }

        @Override
        public String sentence(GuessResult r) {
            return r.model() + " guesses with " + outcome(r) + ".";
        }

        @Override
        public String outcome(GuessResult r) {
            return r.metric().title() + " " + Labels.value(r.metric(), r.value());
        }

        @Override
        public boolean isList(GuessResult result) {
            return true;
        }

        @Override
        public Optional<Table> table(GuessResult result) {
            return Optional.of(new Columns<>("guesses", List.of(result))
                    .text("model", GuessResult::model)
                    .metric(result.metric(), result.metric().title(), GuessResult::value)
                    .table());
        }

        @Override
        public boolean isDrawn() {
            return true;
        }

        @Override
        public List<XYChart> charts(GuessResult r) {
            ValueAxis axis = new ValueAxis(r.metric());
            XYChart chart = Look.apply(new XYChart(300, 200));
            chart.setYAxisTitle(axis.title());
            double[] value = axis.place(new double[] {r.value()});
            Look.points(chart, r.model(), new double[] {0}, value, Look.BLUE, SeriesMarkers.CIRCLE);
            return List.of(chart);
        }
    }

    private static final class GuessCommand implements Command {
        @Override
        public CommandSpec spec() {
            return new CommandSpec(
                    "guess",
                    "NAME",
                    1,
                    1,
                    CommandSpec.Takes.LOADED_MODEL,
                    "how sure a model is",
                    "%ffmerge guess base",
                    CommandSpec.Makes.RESULT,
                    List.of(Options.DATA, Options.LIMIT, Options.AS_RESULT, Options.DRY_RUN, Options.OUT));
        }

        @Override
        public Class<GuessResult> result() {
            return GuessResult.class;
        }

        @Override
        public Result run(Arguments arguments, Session session, Host host) {
            String name = arguments.first();
            TransformerModel model = session.model(name, host);
            Confidence metric = new Confidence(
                    session.workload(model, arguments, host).metric(Split.VALIDATION, arguments.get(Options.LIMIT)));
            if (arguments.get(Options.DRY_RUN)) {
                return session.costs(name, host).eval(metric);
            }
            MetricValue value = Evaluator.evaluate(model, metric, host.progress());
            return new GuessResult(name, value.metric(), value.value(), "novels", "validation");
        }
    }

    MadeUpMetricTest() {
        super(Commands.BUILT_IN.with(new GuessCommand()), Ways.BUILT_IN, Session.VIEWS.with(new GuessView()));
    }

    private String text(Result result) {
        return ResultText.of(session.views(), result);
    }

    @Test
    void itIsToldShownDrawnBoundAndLogged() throws IOException {
        GuessResult guess = (GuessResult) run("- guess: base\n  limit: 4\n  as: guessed\n");
        assertTrue(guess.value() > 0.05 && guess.value() < 0.5, guess.toString());
        String value = String.format(Locale.ROOT, "%.2f %%", 100 * guess.value());
        assertTrue(
                text(guess).startsWith("base guesses with Confidence " + value + ".\nmodel  Confidence\n"),
                text(guess));
        assertEquals(guess, host.variables.get("guessed"));

        DisplayData data = new ResultRenderer(session.views()).render(guess);
        assertTrue(data.getData(MIMEType.TEXT_HTML).toString().contains("<img "));
        assertTrue(data.getData(MIMEType.TEXT_HTML).toString().contains(">" + value + "</td>"));
        Map<?, ?> json = (Map<?, ?>) data.getData(MIMEType.parse(ResultRenderer.MIME_TYPE));
        assertEquals("guess confidence", json.get("command") + " " + json.get("metric"));

        Run logged = session.log().read(1).get(0);
        assertEquals("Confidence " + value, logged.outcome());
        assertEquals(Confidence.MEASURE, logged.measured().get(0).metric(), "whole, not by its name alone");
        assertTrue(text(run("- runs\n")).contains("Confidence " + value), "in the table of runs");
    }

    @Test
    void everyFormOfFileHoldsIt() throws IOException {
        for (String ending : List.of("json", "csv", "png", "svg", "html")) {
            run("- guess: base\n  limit: 1\n  out: " + folder.resolve("guess." + ending) + "\n");
        }
        JsonNode json = new ObjectMapper().readTree(folder.resolve("guess.json").toFile());
        assertEquals("confidence", json.get("metric").asText());
        assertEquals(
                "model,Confidence",
                Files.readAllLines(folder.resolve("guess.csv")).get(0));
        assertEquals(600, ImageIO.read(folder.resolve("guess.png").toFile()).getWidth());
        assertTrue(Files.readString(folder.resolve("guess.svg")).contains("<svg "));
        assertTrue(Files.readString(folder.resolve("guess.html")).contains("base guesses with Confidence"));
        assertTrue(assertThrows(UserError.class, () -> run("- merge: base\n  as: small\n  out: a.png\n"))
                .getMessage()
                .contains("the result of merge has no picture"));
    }

    @Test
    void aDryRunCountsItsWorkAndIsNotLogged() {
        DryRun cost = (DryRun) run("- guess: base\n  limit: 4\n  dry-run: true\n");
        assertTrue(cost.seconds() > 0 && cost.memoryBytes() > 0, cost.toString());
        assertEquals(List.of(), session.log().read(1));
    }

    /** A metric that the paper doesn't have is told in its own words, and not set against the paper's. */
    @Test
    void theScoreboardTellsItInItsOwnWords() {
        run("- merge: base\n  window: 3-8\n  align: none\n  as: small\n");
        GuessResult before = (GuessResult) run("- guess: base\n  limit: 4\n");
        GuessResult after = (GuessResult) run("- guess: small\n  limit: 4\n");
        assertTrue(after.value() < before.value(), "less sure");
        ScoreboardResult board = (ScoreboardResult) run("- scoreboard\n");
        ScoreboardResult.Row row = board.rows().get(board.rows().size() - 1);
        assertEquals(Confidence.MEASURE, row.metric());
        assertEquals(after.value() / before.value() - 1, row.change(), 1e-12);
        assertTrue(row.loss() > 0 && Double.isNaN(row.difference()));
        assertTrue(text(board).contains(" % → "), text(board));
        assertTrue(text(board).contains("Confidence, theirs perplexity"), text(board));
        assertFalse(session.views().charts(board).isEmpty());
    }
}
