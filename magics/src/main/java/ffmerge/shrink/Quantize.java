package ffmerge.shrink;

import ffmerge.UserError;
import ffmerge.architecture.ModelTensor;
import ffmerge.model.TransformerModel;
import ffmerge.result.ShrinkResult;
import ffmerge.result.Step;
import java.util.List;
import java.util.stream.Collectors;

/** Linear maps are held in NF4; ties stay. */
public record Quantize() implements Shrink {
    static final Way WAY = Way.ofWholeModels("nf4", "in NF4");
    private static final int BLOCK = 64;
    private static final int CODES_AT_A_TIME = 256;

    @Override
    public Step step() {
        return Step.smaller("quantize", WAY.name(), List.of());
    }

    @Override
    public void requireFits(String name, TransformerModel model) {
        if (model.parameters().isQuantized()) {
            throw new UserError("'" + name + "' is in nf4 already");
        }
    }

    /** As many parameters, in fewer bits. */
    @Override
    public Outline after(Outline before) {
        return before.holding(before.architecture().linearWeights().stream()
                .collect(Collectors.toMap(ModelTensor::name, map -> bytes(map.elements()))));
    }

    /** Of a map: two values a byte, a code for each block of 64, a float32 for each 256 codes and one for their mean. */
    private static long bytes(long values) {
        long blocks = ceil(values, BLOCK);
        return ceil(values, 2) + blocks + Float.BYTES * (ceil(blocks, CODES_AT_A_TIME) + 1);
    }

    private static long ceil(long dividend, long divisor) {
        return (dividend + divisor - 1) / divisor;
    }

    /** One map at a time is in float32 beside all that are rounded. */
    @Override
    public Work work(Outline before) {
        List<ModelTensor> maps = before.architecture().linearWeights();
        long values = maps.stream().mapToLong(ModelTensor::elements).sum();
        long largest = maps.stream().mapToLong(ModelTensor::elements).max().orElse(0);
        return new Work(values, 0, bytes(values) + largest * Float.BYTES);
    }

    @Override
    public Shrunk apply(TransformerModel model, Evidence evidence) {
        return new Shrunk(model.quantized());
    }

    @Override
    public String summary(String name) {
        return name + " with its linear maps in nf4";
    }

    @Override
    public List<ShrinkResult.Change> changes() {
        return List.of();
    }
}
