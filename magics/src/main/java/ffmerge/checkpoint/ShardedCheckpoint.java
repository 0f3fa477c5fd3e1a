package ffmerge.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import ffmerge.UserError;
import ffmerge.json.PythonJson;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Several safetensors files, or several of PyTorch's own, and the index that says which tensor is in which. */
public final class ShardedCheckpoint implements Checkpoint {
    /** A shard lies beside its index. */
    private static final Pattern PLAIN_NAME = Pattern.compile("[ -~&&[^/\\\\]]+");

    private static final String PICKLE_INDEX = ".bin.index.json";

    private final Path index;
    private final Map<String, Checkpoint> shards;
    private final Map<String, Checkpoint> shardByTensor = new LinkedHashMap<>();
    private final Map<String, TensorSpec> tensors = new LinkedHashMap<>();
    private final Map<String, String> unknownTypes = new LinkedHashMap<>();
    private final Ties ties;

    private ShardedCheckpoint(Path index, Map<String, Checkpoint> shards, Map<String, String> fileByTensor) {
        this.index = index;
        this.shards = shards;
        Map<String, String> allTies = new LinkedHashMap<>();
        shards.values()
                .forEach(shard -> shard.ties().keptByAlias().forEach((alias, kept) -> {
                    // a shard doesn't know what others hold
                    if (fileByTensor.containsKey(kept) && !fileByTensor.containsKey(alias)) {
                        allTies.put(alias, kept);
                    }
                }));
        this.ties = new Ties(allTies);
        fileByTensor.forEach((tensor, file) -> {
            Checkpoint shard = shards.get(file);
            TensorSpec spec = shard.tensors().get(tensor);
            if (shard.unknownTypes().containsKey(tensor)) {
                unknownTypes.put(tensor, shard.unknownTypes().get(tensor));
                return;
            }
            if (spec == null) {
                return; // a name that is tied to another, or one that whoever needs it will miss
            }
            shardByTensor.put(tensor, shard);
            tensors.put(tensor, spec);
        });
    }

    /** @throws UserError if the index is damaged, names a file outside its folder, or a shard is missing */
    public static ShardedCheckpoint open(Path index) {
        boolean pickles = index.toString().endsWith(PICKLE_INDEX);
        Map<String, String> fileByTensor = weightMap(index, pickles ? ".bin" : ".safetensors");
        Map<String, Checkpoint> shards = new TreeMap<>();
        try {
            for (String file : fileByTensor.values()) {
                if (!shards.containsKey(file)) {
                    Path shard = index.resolveSibling(file);
                    shards.put(file, pickles ? PickleCheckpoint.open(shard) : SafetensorsFile.open(shard));
                }
            }
            return new ShardedCheckpoint(index, shards, fileByTensor);
        } catch (RuntimeException e) {
            shards.values().forEach(Checkpoint::close);
            throw e;
        }
    }

    private static Map<String, String> weightMap(Path index, String extension) {
        JsonNode weightMap = PythonJson.read(index).path("weight_map");
        if (!weightMap.isObject() || weightMap.isEmpty()) {
            throw new UserError(index + " has no weight_map");
        }
        Map<String, String> fileByTensor = new LinkedHashMap<>();
        weightMap.properties().forEach(e -> {
            String file = e.getValue().asText();
            if (!PLAIN_NAME.matcher(file).matches() || !file.endsWith(extension) || file.equals(extension)) {
                throw new UserError(index + " names '" + file + "', which is not a plain file name");
            }
            fileByTensor.put(e.getKey(), file);
        });
        return fileByTensor;
    }

    @Override
    public String source() {
        return index.toString();
    }

    @Override
    public Map<String, TensorSpec> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    @Override
    public Ties ties() {
        return ties;
    }

    @Override
    public void read(String name, long from, FloatBuffer into) {
        Checkpoint shard = shardByTensor.get(ties.keptName(name));
        if (shard == null) {
            throw new UserError(index + " has no tensor '" + name + "'");
        }
        shard.read(ties.keptName(name), from, into);
    }

    @Override
    public Map<String, String> unknownTypes() {
        return Collections.unmodifiableMap(unknownTypes);
    }

    @Override
    public void close() {
        shards.values().forEach(Checkpoint::close);
    }
}
