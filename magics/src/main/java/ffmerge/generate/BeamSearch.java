package ffmerge.generate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Beam search by the rules of transformers' {@code generate} (5.23), in float32 as there: of a sentence's best
 * continuations, for each beam one more than there are end tokens, the first beams that are finished compete for its list of
 * finished ones, and the best beams that are not go on. A sentence that can't improve any more is no longer decoded, which changes no result.
 */
final class BeamSearch implements Search {
    /** The score of transformers' places for finished sentences that aren't there yet: none below takes one. */
    private static final float IMPOSSIBLE = -1e9f;

    private final GenerationSettings settings;
    private final int vocabulary;
    private final List<Sentence> sentences = new ArrayList<>();
    private List<Sentence> live;
    private int generated;

    /** A sequence without the start token, and its log-probability: summed, or once finished by length. */
    private record Beam(int[] tokens, float score) {}

    private static final class Sentence {
        final int limit;
        List<Beam> running = List.of(new Beam(new int[0], 0));
        List<Beam> finished = List.of();

        Sentence(int limit) {
            this.limit = limit;
        }
    }

    BeamSearch(int[] limits, int vocabulary, GenerationSettings settings) {
        this.settings = settings;
        this.vocabulary = vocabulary;
        for (int limit : limits) {
            sentences.add(new Sentence(limit));
        }
        live = sentences;
    }

    @Override
    public Rows start() {
        long[] rows = new long[live.size()];
        Arrays.setAll(rows, i -> i);
        long[] tokens = new long[live.size()];
        Arrays.fill(tokens, settings.start());
        return new Rows(rows, rows, tokens, new float[live.size()]);
    }

    @Override
    public int candidates() {
        return Math.min(vocabulary, (1 + settings.ends().size()) * settings.beams());
    }

    @Override
    public Rows next(float[] scores, long[] which) {
        generated++;
        List<Sentence> going = new ArrayList<>();
        List<Integer> places = new ArrayList<>(); // of those going on among those before
        List<Long> order = new ArrayList<>();
        int firstRow = 0;
        for (int i = 0; i < live.size(); i++) {
            Sentence sentence = live.get(i);
            int rows = sentence.running.size();
            List<Integer> rowOf = extend(sentence, scores, which, i * candidates());
            if (rowOf.size() == settings.beams() && canImprove(sentence)) {
                going.add(sentence);
                places.add(i);
                for (int row : rowOf) {
                    order.add((long) firstRow + row);
                }
            }
            firstRow += rows;
        }
        live = going;
        List<Beam> beams = going.stream().flatMap(s -> s.running.stream()).toList();
        float[] running = new float[beams.size()];
        for (int i = 0; i < running.length; i++) {
            running[i] = beams.get(i).score();
        }
        return new Rows(
                places.stream().mapToLong(Integer::longValue).toArray(),
                order.stream().mapToLong(Long::longValue).toArray(),
                beams.stream()
                        .mapToLong(beam -> beam.tokens()[beam.tokens().length - 1])
                        .toArray(),
                running);
    }

    /** Sorts a sentence's continuations into finished and running ones; returns which row each running one continues. */
    private List<Integer> extend(Sentence sentence, float[] scores, long[] which, int from) {
        List<Beam> finished = new ArrayList<>(sentence.finished);
        List<Beam> running = new ArrayList<>();
        List<Integer> rowOf = new ArrayList<>();
        float penalty = penalty(generated);
        for (int i = 0; i < candidates(); i++) {
            int row = (int) (which[from + i] / vocabulary);
            int token = (int) (which[from + i] % vocabulary);
            float score = scores[from + i];
            boolean ends = settings.ends().contains(token) || generated >= sentence.limit;
            if (ends && i < settings.beams() && score / penalty > IMPOSSIBLE) {
                finished.add(new Beam(longer(sentence.running.get(row), token), score / penalty));
            } else if (!ends && running.size() < settings.beams()) {
                running.add(new Beam(longer(sentence.running.get(row), token), score));
                rowOf.add(row);
            }
        }
        finished.sort(Comparator.comparing(Beam::score).reversed());
        sentence.finished = List.copyOf(finished.subList(0, Math.min(settings.beams(), finished.size())));
        sentence.running = running;
        return rowOf;
    }

    private static int[] longer(Beam beam, int token) {
        int[] tokens = Arrays.copyOf(beam.tokens(), beam.tokens().length + 1);
        tokens[tokens.length - 1] = token;
        return tokens;
    }

    private float penalty(int generated) {
        return (float) Math.pow(generated, settings.lengthPenalty());
    }

    private boolean canImprove(Sentence sentence) {
        if (sentence.finished.size() < settings.beams()) {
            return true;
        }
        if (settings.earlyStopping() == GenerationSettings.EarlyStopping.YES) {
            return false;
        }
        boolean longest =
                settings.earlyStopping() == GenerationSettings.EarlyStopping.NEVER && settings.lengthPenalty() > 0;
        float best = sentence.running.get(0).score() / penalty(longest ? sentence.limit : generated);
        return best > sentence.finished.get(settings.beams() - 1).score();
    }

    @Override
    public List<int[]> results() {
        return sentences.stream()
                .map(s -> s.finished.isEmpty() ? new int[0] : s.finished.get(0).tokens())
                .toList();
    }
}
