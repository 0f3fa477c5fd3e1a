package ffmerge.shrink;

import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.merge.LayerDrop;
import ffmerge.model.TransformerModel;
import java.util.List;

/** Layer dropping from a model to a model. */
public final class Dropping {
    private Dropping() {}

    /** Drops layers of one stack after the other; {@code model} stays as it is. */
    public static TransformerModel drop(TransformerModel model, List<LayerDrop> drops) {
        TransformerModel dropped = model;
        for (LayerDrop drop : drops) {
            EditedCheckpoint edit = drop.apply(dropped.checkpoint(), dropped.architecture());
            TransformerModel next = dropped.edited(edit, drop.architecture(dropped.architecture()));
            if (dropped != model) {
                dropped.close();
            }
            dropped = next;
        }
        return dropped;
    }
}
