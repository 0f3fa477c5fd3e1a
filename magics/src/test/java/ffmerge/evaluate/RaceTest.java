package ffmerge.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ffmerge.Measure;
import ffmerge.data.Batch;
import ffmerge.model.HiddenStates;
import ffmerge.model.Pass;
import ffmerge.model.TransformerModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RaceTest {
    private static final int BATCHES = 32;
    private static final int EXAMPLES = 4;

    /** exp of the mean loss, or the mean itself. */
    private record Mean(boolean higher) implements Metric {
        @Override
        public Measure measure() {
            return higher ? Measure.higher("share", "images") : Measure.lower("perplexity", "windows");
        }

        @Override
        public List<Batch> batches() {
            return List.of();
        }

        @Override
        public Work work() {
            return new Work(0, 0);
        }

        @Override
        public Scores score(TransformerModel model, HiddenStates states, Pass pass) {
            return Scores.NONE;
        }

        @Override
        public double value(Total total) {
            return higher ? total.mean(0) : Math.exp(total.mean(0));
        }
    }

    /** Losses by model, batch and example: what examples have in common is large beside what tells models apart. */
    private static double[][][] losses(double[] means, double noise, long seed) {
        Random random = new Random(seed);
        double[][] common = new double[BATCHES][EXAMPLES];
        for (double[] batch : common) {
            Arrays.setAll(batch, i -> 2 * random.nextGaussian());
        }
        double[][][] losses = new double[means.length][BATCHES][EXAMPLES];
        for (int model = 0; model < means.length; model++) {
            for (int batch = 0; batch < BATCHES; batch++) {
                for (int i = 0; i < EXAMPLES; i++) {
                    losses[model][batch][i] = means[model] + common[batch][i] + noise * random.nextGaussian();
                }
            }
        }
        return losses;
    }

    private static Race race(Metric metric, double[][][] losses, int[] groups, long seed) {
        int[] examples = new int[BATCHES];
        Arrays.fill(examples, EXAMPLES);
        Race race = new Race(metric, groups, examples, seed);
        for (List<Integer> batches = race.batches(); !batches.isEmpty(); batches = race.batches()) {
            for (int model = 0; model < losses.length; model++) {
                if (race.isMeasured(model)) {
                    for (int batch : batches) {
                        race.add(model, batch, scores(losses[model][batch]));
                    }
                }
            }
            race.look();
        }
        return race;
    }

    private static Scores scores(double[] losses) {
        return new Scores(Arrays.stream(losses).mapToObj(l -> new double[] {l}).toList(), losses.length);
    }

    private static List<Integer> standing(Race race, int models) {
        return IntStream.range(0, models).filter(race::isRacing).boxed().toList();
    }

    @Test
    void theBestOfManyIsFoundOnAFewExamples() {
        double[] means = {4.4, 4.2, 4.0, 4.3, 4.5, 9};
        for (int seed = 0; seed < 20; seed++) {
            Race race = race(new Mean(false), losses(means, 0.05, seed), new int[6], seed);
            assertEquals(List.of(2), standing(race, 6));
            assertTrue(race.saved() > 0.6, "saved " + race.saved());
            assertTrue(race.scores(5).examples() < race.scores(2).examples() + 1);
        }
    }

    @Test
    void ofLikeOnesTheBestIsRarelyThrownOut() {
        double[] means = {4.01, 4.0, 4.01, 4.02, 4.01};
        int lost = 0;
        for (int seed = 0; seed < 200; seed++) {
            Race race = race(new Mean(false), losses(means, 0.2, seed), new int[5], seed);
            lost += race.isRacing(1) ? 0 : 1;
        }
        assertTrue(lost <= 10, lost + " of 200");
    }

    @Test
    void whatDiffersByLessThanTheIntervalOfAllIsLeftStandingEarly() {
        double[][][] losses = losses(new double[] {4, 4.001, 6}, 0.01, 1);
        Race race = race(new Mean(false), losses, new int[3], 1);
        assertEquals(List.of(0, 1), standing(race, 3));
        assertTrue(race.saved() > 0.8, "saved " + race.saved());
    }

    /** Models whose differences vary as much as examples do. */
    @Test
    void whatIsNeverToldApartIsMeasuredOnEverythingAndAsWithoutARace() {
        double[][][] losses = losses(new double[] {4, 4}, 5, 1);
        Race race = race(new Mean(false), losses, new int[2], 1);
        assertEquals(List.of(0, 1), standing(race, 2));
        assertEquals(0, race.saved());
        List<Double> inOrder = new ArrayList<>();
        for (double[] batch : losses[0]) {
            Arrays.stream(batch).forEach(inOrder::add);
        }
        assertEquals(
                inOrder, race.scores(0).units().stream().map(unit -> unit[0]).toList());
    }

    @Test
    void eachGroupHasItsOwnBest() {
        double[][][] losses = losses(new double[] {4, 5, 7, 6}, 0.1, 1);
        Race race = race(new Mean(false), losses, new int[] {0, 0, 1, 1}, 1);
        assertEquals(List.of(0, 3), standing(race, 4));
    }

    @Test
    void whereMoreIsBetterTheLargestWins() {
        double[][][] losses = losses(new double[] {4, 5, 7, 6}, 0.1, 1);
        assertEquals(List.of(2), standing(race(new Mean(true), losses, new int[4], 1), 4));
    }

    @Test
    void whatIsNoNumberIsOutAndWhatSavesNothingCannotWin() {
        double[][][] losses = losses(new double[] {4, 5, 6}, 0.1, 1);
        Arrays.stream(losses[1]).forEach(batch -> Arrays.fill(batch, Double.NaN));
        int[] examples = new int[BATCHES];
        Arrays.fill(examples, EXAMPLES);
        Race race = new Race(new Mean(false), new int[3], examples, 0);
        for (int batch : race.batches()) {
            for (int model = 0; model < 3; model++) {
                race.add(model, batch, scores(losses[model][batch]));
            }
        }
        race.leaveOut(0);
        race.look();
        assertEquals(List.of(2), standing(race, 3));
        assertFalse(race.isMeasured(2), "it has won");
        assertEquals(List.of(), race.batches());
    }

    /** As rates of few examples are. */
    @Test
    void whatIsTheSameOnFewExamplesIsNeitherAlikeNorOut() {
        double[][][] losses = new double[2][BATCHES][EXAMPLES];
        for (int batch = 4; batch < BATCHES; batch++) {
            Arrays.fill(losses[1][batch], batch % 2);
        }
        Race race = new Race(
                new Mean(true),
                new int[2],
                IntStream.generate(() -> EXAMPLES).limit(BATCHES).toArray(),
                0);
        List<Integer> batches = race.batches();
        for (int model = 0; model < 2; model++) {
            for (int i = 0; i < batches.size(); i++) {
                race.add(model, batches.get(i), scores(losses[model][i])); // of the first ones, which don't differ
            }
        }
        race.look();
        assertEquals(List.of(0, 1), standing(race, 2));
        assertTrue(race.isMeasured(0) && race.isMeasured(1), "nothing is said yet");
    }

    @Test
    void oneExampleTellsNothing() {
        Race race = new Race(new Mean(false), new int[2], new int[] {1}, 0);
        race.add(0, 0, scores(new double[] {4}));
        race.add(1, 0, scores(new double[] {5}));
        race.look();
        assertEquals(List.of(0, 1), standing(race, 2));
        assertEquals(List.of(), race.batches());
    }

    @Test
    void fewerExamplesThanATestWantsAreAllMeasured() {
        Race race = new Race(new Mean(false), new int[2], new int[] {1, 1, 1}, 0);
        assertEquals(3, race.batches().size());
    }
}
