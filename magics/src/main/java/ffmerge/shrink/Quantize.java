package ffmerge.shrink;

import ffmerge.UserError;
import ffmerge.model.TransformerModel;
import ffmerge.result.ShrinkResult;
import ffmerge.result.Step;
import java.util.List;

/** Linear maps are held in NF4; ties stay. */
public record Quantize() implements Shrink {
    static final Way WAY = Way.ofWholeModels("nf4", "in NF4");

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
        return before;
    }

    @Override
    public Work work(Outline before) {
        return Work.NONE;
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
