package ffmerge.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ffmerge.data.TokenBatch;
import ffmerge.generate.Search;
import ffmerge.torch.Kernels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/**
 * Texts that a decoder goes on with: the prompts pass the layers once, all together; then each step is one token.
 * Keys and values of a prompt are kept once and shared by its beams. Prompts stand at the start of their rows, padding
 * behind them, so that a token's position is its place.
 */
final class Decoding extends TokenDecoding {
    private final Decoder model;
    /** By layer, null where one lacks attention: [2, sentences, key heads, prompt time, width]. */
    private final List<NDArray> prompts = new ArrayList<>();

    private final List<NDArray> pasts = new ArrayList<>(); // by layer: [2, rows, key heads, time, width]
    private NDArray mask; // [sentences, prompt time], true where a prompt has a token
    private long[] lengths; // of the prompts
    private NDArray first; // [sentences, model], the states of the prompts' last tokens
    private final int turnsAnew; // how long rows are when all of their positions become others
    private List<int[]> texts; // of the rows, their prompts included; null where no positions become others

    /** Runs the prompts. */
    Decoding(Decoder model, List<int[]> tokens, NDManager scope) {
        super(scope);
        this.model = model;
        lengths = tokens.stream().mapToLong(row -> row.length).toArray();
        turnsAnew = model.turnsAnew();
        texts = turnsAnew == Integer.MAX_VALUE ? null : tokens;
        TokenBatch batch = TokenBatch.padded(tokens);
        mask = scope.create(mask(batch.length()), new Shape(batch.rows(), batch.length()));
        try (NDManager pass = scope.newSubManager()) {
            Pass inference = Pass.inference(pass);
            NDArray x = throughLayers(batch, inference, keysValues -> {
                prompts.add(keysValues);
                pasts.add(keysValues == null ? null : nothing(batch.rows(), keysValues.getShape()));
                if (keysValues != null) {
                    keysValues.attach(scope);
                }
            });
            first = inference.run("rows", x, pass.create(lastPlaces(batch.length())));
            first.attach(scope);
        }
    }

    /**
     * Whole rows through all layers: {@code [rows, time, model]}.
     *
     * @param kept is given each layer's keys and values, null where it lacks attention
     */
    private NDArray throughLayers(TokenBatch batch, Pass pass, Consumer<NDArray> kept) {
        NDArray x = model.embed(batch, pass).x();
        for (int layer = 0; layer < model.layers(); layer++) {
            Decoder.Step after = model.keeping(layer, x, pass);
            x.close();
            x = after.x();
            kept.accept(after.past());
        }
        return x;
    }

    /** Keys and values of no tokens yet. */
    private NDArray nothing(int rows, Shape ofPrompts) {
        return scope.create(new Shape(2, rows, ofPrompts.get(2), 0, ofPrompts.get(4)), DataType.FLOAT32);
    }

    private boolean[] mask(int time) {
        boolean[] there = new boolean[lengths.length * time];
        for (int row = 0; row < lengths.length; row++) {
            Arrays.fill(there, row * time, row * time + (int) lengths[row], true);
        }
        return there;
    }

    /** Where the prompts' last tokens stand, counted over rows and time. */
    private long[] lastPlaces(int time) {
        long[] places = new long[lengths.length];
        for (int row = 0; row < places.length; row++) {
            places[row] = (long) row * time + lengths[row] - 1;
        }
        return places;
    }

    @Override
    NDArray nextScores(Search.Rows rows, int position, NDManager step) {
        if (position == 0) {
            return model.nextScores(first, Pass.inference(step));
        }
        keep(rows.sentences(), step);
        return model.nextScores(step(rows, position, step), Pass.inference(step));
    }

    /** Leaves out the prompts of sentences that are finished. */
    private void keep(long[] sentences, NDManager step) {
        if (sentences.length == lengths.length) {
            return;
        }
        NDArray places = step.create(sentences);
        try (NDArray all = mask) {
            mask = Kernels.run(scope, false, "select", all, 0, places);
        }
        for (int layer = 0; layer < prompts.size(); layer++) {
            if (prompts.get(layer) == null) {
                continue; // the layer looks at no other tokens
            }
            try (NDArray all = prompts.get(layer)) {
                prompts.set(layer, Kernels.run(scope, false, "select", all, 1, places));
            }
        }
        long[] before = lengths;
        lengths = Arrays.stream(sentences).map(s -> before[(int) s]).toArray();
    }

    /** The newest tokens through all layers: {@code [rows, model]}. */
    private NDArray step(Search.Rows rows, int position, NDManager step) {
        Pass pass = Pass.inference(step);
        NDArray order = step.create(rows.order());
        long[] places = positions(rows.tokens().length, position);
        NDArray positions = step.create(places);
        int length = (int) Arrays.stream(places).max().orElse(0) + 1;
        if (texts != null) {
            texts = grown(texts, rows);
            if (length == turnsAnew) {
                return anew(pass);
            }
        }
        NDArray x = model.embedNewest(rows.tokens(), positions, pass);
        for (int layer = 0; layer < pasts.size(); layer++) {
            Decoder.Cache cache =
                    new Decoder.Cache(pasts.get(layer), order, prompts.get(layer), mask, positions, length);
            Decoder.Step after = model.step(layer, x, cache, pass);
            x.close();
            x = after.x();
            if (after.past() != null) {
                pasts.get(layer).close();
                pasts.set(layer, after.past());
                after.past().attach(scope);
            }
        }
        return x;
    }

    private static List<int[]> grown(List<int[]> before, Search.Rows rows) {
        List<int[]> grown = new ArrayList<>();
        for (int row = 0; row < rows.tokens().length; row++) {
            int[] old = before.get((int) rows.order()[row]);
            int[] text = Arrays.copyOf(old, old.length + 1);
            text[old.length] = (int) rows.tokens()[row];
            grown.add(text);
        }
        return grown;
    }

    /**
     * The newest tokens through all layers, {@code [rows, model]}, when all keys are turned anew. Rows are equally long then,
     * as they go together only where they are.
     */
    private NDArray anew(Pass pass) {
        TokenBatch batch = TokenBatch.padded(texts);
        int beams = texts.size() / lengths.length;
        NDManager step = pass.scope();
        NDArray oneEach = step.create(
                LongStream.range(0, lengths.length).map(i -> i * beams).toArray());
        NDArray ofPrompt = step.create(LongStream.range(0, lengths[0]).toArray());
        NDArray after = step.create(LongStream.range(lengths[0], batch.length()).toArray());
        List<NDArray> all = new ArrayList<>();
        NDArray x = throughLayers(batch, pass, all::add);
        for (int layer = 0; layer < all.size(); layer++) {
            if (all.get(layer) == null) {
                continue;
            }
            prompts.get(layer).close();
            pasts.get(layer).close();
            NDArray sentences = Kernels.run(step, false, "select", all.get(layer), 1, oneEach);
            prompts.set(layer, Kernels.run(scope, false, "select", sentences, 3, ofPrompt));
            pasts.set(layer, Kernels.run(scope, false, "select", all.get(layer), 3, after));
        }
        NDArray newest = step.create(LongStream.rangeClosed(1, texts.size())
                .map(row -> row * batch.length() - 1)
                .toArray());
        return pass.run("rows", x, newest);
    }

    /** Of each row's newest token. */
    private long[] positions(int rows, int position) {
        int beams = rows / lengths.length;
        long[] positions = new long[rows];
        for (int row = 0; row < rows; row++) {
            positions[row] = lengths[row / beams] + position - 1;
        }
        return positions;
    }
}
