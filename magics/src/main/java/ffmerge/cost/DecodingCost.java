package ffmerge.cost;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ffmerge.architecture.Architecture;
import ffmerge.architecture.Stack;
import ffmerge.data.Batch;
import ffmerge.data.TokenBatch;
import ffmerge.generate.GenerationSettings;
import ffmerge.model.Pass;
import ffmerge.model.TextGenerator;
import ffmerge.model.TransformerModel;
import ffmerge.model.TranslationModel;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What it costs to generate token by token, where each step takes one token of every beam through the decoder: measured on
 * random weights with one and with several decoder layers.
 *
 * @param step seconds of a step on its own: scores over the vocabulary, their best, the search
 * @param layer seconds a step and decoder layer
 */
record DecodingCost(double step, double layer) {
    private static final int FEW_STEPS = 4;
    private static final int MANY_STEPS = 20;
    /** Of the prompts that a measured decoder goes on with. */
    private static final int PROMPT = 64;

    /**
     * @param rows sentences of a batch
     * @param beams of each
     */
    static DecodingCost measure(Architecture architecture, Device device, int rows, int beams) {
        Stack decoder = architecture.stacks().get(architecture.stacks().size() - 1);
        int deep = CostModel.deep(architecture, decoder, (long) rows * beams * MANY_STEPS);
        double one = secondsOfStep(architecture, 1, device, rows, beams);
        double whole = secondsOfStep(architecture, deep, device, rows, beams);
        double layer = Math.max(0, whole - one) / Math.max(1, deep - 1);
        return new DecodingCost(Math.max(0, one - layer), layer);
    }

    private static double secondsOfStep(Architecture whole, int layers, Device device, int rows, int beams) {
        Stack decoder = whole.stacks().get(whole.stacks().size() - 1);
        Architecture shallow = CostModel.shallow(whole, decoder, layers);
        try (TransformerModel model = TransformerModel.random(shallow, device, 0)) {
            double few = CostModel.least(() -> generate(model, rows, beams, FEW_STEPS));
            double many = CostModel.least(() -> generate(model, rows, beams, MANY_STEPS));
            return Math.max(0, many - few) / (MANY_STEPS - FEW_STEPS);
        }
    }

    private static double generate(TransformerModel model, int rows, int beams, int steps) {
        long start = System.nanoTime();
        try (NDManager scope = model.newScope()) {
            if (model instanceof TranslationModel translator) {
                int length = model.noise(1, 0).scored(); // of each row of noise
                Batch batch = model.noise(rows * length, 0);
                translator.translate(
                        model.embed(batch, Pass.inference(scope)),
                        limited(translator.generation(), beams, steps),
                        scope);
            } else {
                TextGenerator generator = (TextGenerator) model;
                generator.generate(prompts(model, rows), limited(generator.generation(), beams, steps), scope);
            }
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private static GenerationSettings limited(GenerationSettings settings, int beams, int steps) {
        return settings.withBeams(beams).withMaxLength(1 + steps);
    }

    private static List<int[]> prompts(TransformerModel model, int rows) {
        int length = Math.min(PROMPT, ((TextGenerator) model).context() / 2);
        TokenBatch noise = (TokenBatch) model.noise(length, 0);
        int[] prompt = Arrays.stream(noise.ids()).mapToInt(id -> (int) id).toArray();
        return IntStream.range(0, rows).mapToObj(row -> prompt).toList();
    }
}
