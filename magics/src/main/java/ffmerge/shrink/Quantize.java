package ffmerge.shrink;

import ffmerge.UserError;
import ffmerge.architecture.ModelTensor;
import ffmerge.model.TransformerModel;
import ffmerge.model.WeightForm;
import ffmerge.model.WeightForms;
import ffmerge.result.ShrinkResult;
import ffmerge.result.Step;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Linear maps are held in fewer bits; ties stay.
 *
 * @param form in which
 */
public record Quantize(WeightForm form) implements Shrink {
    /** What a file of floats does to weights of fewer bits: their rounded values stay. */
    static final Way UNDONE = Way.ofFloats("dequantize", "dequantized");

    /** One for each form. */
    static List<Way> ways() {
        return WeightForms.ALL.stream()
                .map(form -> Way.ofBits(form.label(), "in " + form.title()))
                .toList();
    }

    /** For the lineage of a model that is read from a file straight into this form. */
    public static Step asRead(TransformerModel read, WeightForm form) {
        return new Quantize(form).step().removing(floats(read).removed(Outline.of(read)));
    }

    /** For the lineage of a file of floats, of a model that is held in fewer bits. */
    public static Step asWritten(TransformerModel held) {
        return Step.of(UNDONE.name()).removing(Outline.of(held).removed(floats(held)));
    }

    private static Outline floats(TransformerModel model) {
        return Outline.of(model.architecture(), model.parameters().ties());
    }

    @Override
    public Step step() {
        return Step.smaller("quantize", form.label(), List.of());
    }

    @Override
    public void requireFits(String name, Outline model) {
        model.form().ifPresent(held -> {
            throw new UserError("'" + name + "' is in " + held.label() + " already");
        });
    }

    /** As many parameters, in fewer bits. */
    @Override
    public Outline after(Outline before) {
        return before.holding(
                form,
                before.architecture().linearWeights().stream()
                        .collect(Collectors.toMap(ModelTensor::name, this::bytes)));
    }

    private long bytes(ModelTensor map) {
        return form.bytes(map.outputs(), map.inputs());
    }

    /** One map at a time is in float32 beside all that are rounded. */
    @Override
    public Work work(Outline before) {
        List<ModelTensor> maps = before.architecture().linearWeights();
        long values = maps.stream().mapToLong(ModelTensor::elements).sum();
        long largest = maps.stream().mapToLong(ModelTensor::elements).max().orElse(0);
        long rounded = maps.stream().mapToLong(this::bytes).sum();
        return new Work(values, 0, rounded + largest * Float.BYTES);
    }

    @Override
    public Shrunk apply(TransformerModel model, Evidence evidence) {
        return new Shrunk(model.quantized(form));
    }

    @Override
    public String summary(String name) {
        return name + " with its linear maps in " + form.label();
    }

    @Override
    public List<ShrinkResult.Change> changes() {
        return List.of();
    }
}
