package ffmerge.generate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Beam search by the rules of transformers' {@code generate} (5.23), in float32 as there: of a sentence's best 2 × beams
 * continuations the first beams that are finished compete for its list of finished ones, and the best beams that are
 * not go on. A sentence that can't improve any more is no longer decoded, which changes no result.
 */
final class BeamSearch implements Search {
    private final GenerationSettings settings;
    private final int vocabulary;
    private final List<Sentence> sentences = new ArrayList<>();
    private List<Sentence> live;
    private int length = 1; // the start token

    /** A sequence without the start token, and its log-probability: summed, or once finished by length. */
    private record Beam(int[] tokens, float score) {}

    private static final class Sentence {
        List<Beam> running = List.of(new Beam(new int[0], 0));
        List<Beam> finished = List.of();
    }

    BeamSearch(int sentences, int vocabulary, GenerationSettings settings) {
        this.settings = settings;
        this.vocabulary = vocabulary;
        for (int i = 0; i < sentences; i++) {
            this.sentences.add(new Sentence());
        }
        live = this.sentences;
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
        return 2 * settings.beams();
    }

    @Override
    public Rows next(float[] scores, long[] which) {
        length++;
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
        float penalty = penalty(length - 1);
        for (int i = 0; i < candidates(); i++) {
            int row = (int) (which[from + i] / vocabulary);
            int token = (int) (which[from + i] % vocabulary);
            float score = scores[from + i];
            boolean ends = token == settings.end() || length >= settings.maxLength();
            if (ends && i < settings.beams()) {
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
        float best = sentence.running.get(0).score() / penalty(longest ? settings.maxLength() - 1 : length - 1);
        return best > sentence.finished.get(settings.beams() - 1).score();
    }

    @Override
    public List<int[]> results() {
        return sentences.stream().map(s -> s.finished.get(0).tokens()).toList();
    }
}
