package ffmerge.merge;

import ffmerge.architecture.Architecture;
import ffmerge.architecture.ModelTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.EditedCheckpoint.Content;
import ffmerge.checkpoint.TensorSpec;
import java.util.LinkedHashMap;
import java.util.Map;

/** An edit of a model's weights, which are what they were until something else is put in their places. */
final class WeightEdit {
    private final Map<String, Content> contents = new LinkedHashMap<>();
    private final Map<String, TensorSpec> specs = new LinkedHashMap<>();

    WeightEdit(Architecture architecture) {
        for (ModelTensor tensor : architecture.tensors()) {
            contents.put(tensor.name(), new Content.Original(tensor.name()));
            specs.put(tensor.name(), tensor.spec(DType.F32));
        }
    }

    /** @param content the same in several places ties them */
    void put(String name, Content content) {
        contents.put(name, content);
    }

    EditedCheckpoint of(Checkpoint checkpoint) {
        return new EditedCheckpoint(checkpoint, contents, specs);
    }
}
