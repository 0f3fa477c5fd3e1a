package ffmerge.bench;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.Progress;
import ffmerge.architecture.Window;
import ffmerge.checkpoint.CheckpointWriter.Format;
import ffmerge.checkpoint.DType;
import ffmerge.fixture.Shrinks;
import ffmerge.merge.MergePlan;
import ffmerge.model.TransformerModel;
import ffmerge.result.Lineage;
import ffmerge.study.Saving;
import ffmerge.torch.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The Java side of {@code tied_memory.py}: loads a model, merges it where a window is named, and says what the process then
 * holds outside Java's heap. Reads {@code /proc}: Linux only.
 */
public final class TiedMemory {
    private static final ObjectMapper JSON = new ObjectMapper();

    private TiedMemory() {}

    /** The request, {@code {"model": folder, "window": [first, last], "save": folder}}, comes on standard input; each may be missing. */
    public static void main(String[] arguments) throws IOException {
        JsonNode request = JSON.readTree(System.in);
        ObjectNode answer = JSON.createObjectNode();
        Torch.newScope(Device.cpu()).close();
        if (!request.has("model")) {
            answer.put("native", nativeBytes());
            System.out.println(answer);
            return;
        }
        TransformerModel model =
                TransformerModel.load(Path.of(request.get("model").asText()), Device.cpu(), Progress.NONE);
        if (request.has("window")) {
            JsonNode window = request.get("window");
            List<Integer> layers =
                    new Window(window.get(0).asInt(), window.get(1).asInt()).layers();
            MergePlan plan = new MergePlan(
                    List.of(MergePlan.Group.of("decoder", layers, MergePlan.Anchor.FIRST)),
                    MergePlan.Alignment.NONE,
                    0);
            TransformerModel merged =
                    Shrinks.merge(model, plan, null, 1, Progress.NONE).model();
            model.close();
            model = merged;
        }
        try (TransformerModel held = model) {
            answer.put("parameters", held.parameters().uniqueCount());
            answer.put("native", nativeBytes());
            if (request.has("save")) {
                Path folder = Path.of(request.get("save").asText());
                Saving.save(
                        "merged",
                        held,
                        new Lineage("random weights"),
                        folder,
                        Format.TIED,
                        DType.F32,
                        false,
                        line -> {},
                        Progress.NONE);
                answer.put("file", Files.size(folder.resolve("model.safetensors")));
            }
        }
        System.out.println(answer);
    }

    /** Anonymous memory that is resident, less Java's heap: all of the heap is, as it is touched when it is committed. */
    private static long nativeBytes() throws IOException {
        System.gc();
        long anonymous = Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssAnon:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .findFirst()
                .orElseThrow();
        return anonymous - Runtime.getRuntime().totalMemory();
    }
}
