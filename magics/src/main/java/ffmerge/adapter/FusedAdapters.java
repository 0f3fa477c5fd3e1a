package ffmerge.adapter;

import ffmerge.architecture.Architecture;
import ffmerge.architecture.FusedTensor;
import ffmerge.architecture.ModelTensor;
import ffmerge.checkpoint.Checkpoint;
import ffmerge.checkpoint.DType;
import ffmerge.checkpoint.EditedCheckpoint;
import ffmerge.checkpoint.EditedCheckpoint.Content;
import ffmerge.checkpoint.Interleaved;
import ffmerge.checkpoint.TensorSpec;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adapters of linear maps that are several ones in memory and one in PEFT's files. Such a map's adapter is that of its parts:
 * {@code A} for each of them, and its rows of {@code B}. The other way round the parts' {@code A}s stand one below the other
 * and their {@code B}s along a diagonal of blocks, unless they all have the same {@code A}.
 */
final class FusedAdapters {
    private final Architecture architecture;

    FusedAdapters(Architecture architecture) {
        this.architecture = architecture;
    }

    private List<FusedTensor> fused() {
        return architecture.fused().stream()
                .filter(fused -> fused.shape().size() == 2)
                .toList();
    }

    private static String module(FusedTensor fused) {
        return AdapterSettings.module(fused.name());
    }

    private static String module(ModelTensor tensor) {
        return AdapterSettings.module(tensor.name());
    }

    /** A file's adapters as those of the maps in memory. */
    Checkpoint split(Checkpoint file) {
        Map<String, Content> contents = new LinkedHashMap<>();
        Map<String, TensorSpec> specs = new LinkedHashMap<>();
        file.tensors().keySet().forEach(name -> contents.put(name, new Content.Original(name)));
        for (FusedTensor fused : fused()) {
            TensorSpec a = file.tensors().get(StoredAdapters.a(module(fused)));
            TensorSpec b = file.tensors().get(StoredAdapters.b(module(fused)));
            if (a == null || b == null || a.shape().isEmpty()) {
                continue; // what is left is no adapter
            }
            int rank = Math.toIntExact(a.shape().get(0));
            StoredAdapters.requireShape(
                    file, a, List.of((long) rank, fused.parts().get(0).inputs()));
            StoredAdapters.requireShape(file, b, List.of(fused.outputs(), (long) rank));
            contents.remove(a.name());
            contents.remove(b.name());
            float[] rowsOfA = file.read(a.name());
            float[] rowsOfB = file.read(b.name());
            for (int part = 0; part < fused.parts().size(); part++) {
                ModelTensor tensor = fused.parts().get(part);
                // an A for each: training may change them apart
                put(StoredAdapters.a(module(tensor)), rowsOfA.clone(), a.shape(), contents, specs);
                put(
                        StoredAdapters.b(module(tensor)),
                        part(fused.layout(rank), part, rowsOfB, Math.toIntExact(tensor.outputs() * rank)),
                        List.of(tensor.outputs(), (long) rank),
                        contents,
                        specs);
            }
        }
        return new EditedCheckpoint(file, contents, specs);
    }

    private static float[] part(Interleaved layout, int part, float[] whole, int length) {
        float[] values = new float[length];
        Interleaved.read(
                0,
                FloatBuffer.wrap(values),
                element -> layout.ofPart(part, element),
                (run, some) -> some.put(whole, (int) run.inWhole(), some.remaining()));
        return values;
    }

    private static void put(
            String name,
            float[] values,
            List<Long> shape,
            Map<String, Content> contents,
            Map<String, TensorSpec> specs) {
        contents.put(name, new Content.Values(values));
        specs.put(name, new TensorSpec(name, DType.F32, shape));
    }

    /** By how much {@link #joined} multiplies the rank of all adapters. */
    int widening(Checkpoint memory) {
        return maps().stream()
                .mapToInt(map -> map.haveOneA(memory) ? 1 : map.parts.size())
                .max()
                .orElse(1);
    }

    /**
     * The adapters in memory as PEFT's files have them, all of them of the same rank there: of what is narrower, the rest is
     * zero.
     *
     * @param memory by the names in such a file
     * @param rank of the adapters in memory
     * @param widening by which it is multiplied
     */
    Checkpoint joined(Checkpoint memory, int rank, int widening) {
        Map<String, Content> contents = new LinkedHashMap<>();
        Map<String, TensorSpec> specs = new LinkedHashMap<>();
        int wide = rank * widening;
        for (FileMap map : maps()) {
            if (map.parts.stream().noneMatch(part -> has(memory, part))) {
                continue;
            }
            int inputs = Math.toIntExact(map.parts.get(0).inputs());
            boolean one = map.haveOneA(memory);
            float[] a = new float[wide * inputs];
            float[] b = new float[Math.toIntExact(map.outputs * wide)];
            for (int part = 0; part < map.parts.size(); part++) {
                if (!has(memory, map.parts.get(part))) {
                    continue;
                }
                int first = one ? 0 : part * rank;
                float[] ownA = memory.read(StoredAdapters.a(module(map.parts.get(part))));
                float[] ownB = memory.read(StoredAdapters.b(module(map.parts.get(part))));
                System.arraycopy(ownA, 0, a, first * inputs, ownA.length);
                for (int row = 0; row < ownB.length / rank; row++) {
                    int target = Math.toIntExact(map.rows.ofPart(part, row).inWhole());
                    System.arraycopy(ownB, row * rank, b, target * wide + first, rank);
                }
            }
            put(StoredAdapters.a(map.module), a, List.of((long) wide, (long) inputs), contents, specs);
            put(StoredAdapters.b(map.module), b, List.of(map.outputs, (long) wide), contents, specs);
        }
        return new EditedCheckpoint(memory, contents, specs);
    }

    /**
     * A linear map of files.
     *
     * @param outputs how many it has
     * @param rows where those of its parts stand
     * @param parts the maps that it is in memory, one or several
     */
    private record FileMap(String module, long outputs, Interleaved rows, List<ModelTensor> parts) {
        /** Whether the adapters of its parts could be one of the same rank. */
        boolean haveOneA(Checkpoint memory) {
            List<float[]> as = parts.stream()
                    .filter(part -> has(memory, part))
                    .map(part -> memory.read(StoredAdapters.a(FusedAdapters.module(part))))
                    .toList();
            return as.stream().allMatch(a -> Arrays.equals(a, as.get(0)));
        }
    }

    private static boolean has(Checkpoint memory, ModelTensor part) {
        return memory.tensors().containsKey(memory.ties().keptName(StoredAdapters.a(module(part))));
    }

    private List<FileMap> maps() {
        Map<ModelTensor, FusedTensor> byPart = new HashMap<>();
        fused().forEach(fused -> fused.parts().forEach(part -> byPart.put(part, fused)));
        List<FileMap> maps = new ArrayList<>();
        for (ModelTensor weight : architecture.linearWeights()) {
            FusedTensor fused = byPart.get(weight);
            if (fused == null) {
                Interleaved alone = new Interleaved(1, List.of(weight.outputs()));
                maps.add(new FileMap(module(weight), weight.outputs(), alone, List.of(weight)));
            } else if (fused.parts().get(0).equals(weight)) {
                maps.add(new FileMap(module(fused), fused.outputs(), fused.layout(1), fused.parts()));
            }
        }
        return maps;
    }
}
