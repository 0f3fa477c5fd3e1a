package ffmerge.magic.command;

import ffmerge.Progress;
import ffmerge.checkpoint.CheckpointWriter;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.EditedCheckpoint.Content;
import ffmerge.checkpoint.SafetensorsFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/** Sets whole tensors of a saved model to zero. */
final class ZeroedTensors {
    private ZeroedTensors() {}

    static void in(Path model, Predicate<String> which) {
        Path weights = model.resolve("model.safetensors");
        try (SafetensorsFile file = SafetensorsFile.open(weights)) {
            Map<String, Content> contents = new LinkedHashMap<>();
            file.tensors()
                    .forEach((name, spec) -> contents.put(
                            name,
                            which.test(name)
                                    ? new Content.Values(new float[Math.toIntExact(spec.elements())])
                                    : new Content.Original(name)));
            CheckpointWriter.write(
                    weights,
                    new EditedCheckpoint(file, contents, file.tensors()),
                    DType.F32,
                    CheckpointWriter.Format.EXPANDED,
                    Progress.NONE);
        }
    }
}
