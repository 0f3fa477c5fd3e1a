package ffmerge.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import ffmerge.ModelFileNames;
import ffmerge.UserError;
import ffmerge.architecture.Architecture;
import ffmerge.checkpoint.Ties;
import ffmerge.json.FamilyConfig;
import ffmerge.json.PythonJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The Python file by which transformers opens a folder of shared weights as shared. It is the same for all folders of a
 * family; which places share stands in {@code config.json}.
 *
 * @param modelType the family's own, {@code gpt2}
 * @param task what follows {@code AutoModel} in the name of the class that opens such models, {@code ForCausalLM}; empty of
 *     a model without a head
 * @param model the family's own class, where the config names one: some families have two for one task
 */
public record ModelingFile(String modelType, String task, String model) {
    private static final String FILE = "file";
    private static final String FOR = "For";
    private static final String MODEL = "Model";
    private static final String DIGEST = "sha256";

    public static ModelingFile of(Architecture architecture) {
        String named = architecture.config().architectures().stream()
                .filter(name -> name.matches("\\w+")) // it becomes a part of a program
                .findFirst()
                .orElse("");
        String task = switch (architecture.task()) {
            case LANGUAGE_MODELLING -> "ForCausalLM";
            case MASKED_LANGUAGE_MODELLING, SENTENCE_CLASSIFICATION -> ending(named);
            case IMAGE_CLASSIFICATION -> named.endsWith(MODEL) ? "" : "ForImageClassification";
            case TRANSLATION -> "ForSeq2SeqLM";
        };
        return new ModelingFile(architecture.config().modelType(), task, named);
    }

    /** {@code ForMaskedLM} of {@code BertForMaskedLM}; empty of {@code BertModel}. */
    private static String ending(String named) {
        return named.contains(FOR) ? named.substring(named.indexOf(FOR)) : "";
    }

    /** {@code modeling_ffmerge_gpt2.py}: of the family's own, as transformers keeps modules of equal names apart by force. */
    public String name() {
        return module() + ".py";
    }

    private String module() {
        return ModelFileNames.MODELING + modelType.replace('-', '_');
    }

    public byte[] content() {
        return resource()
                .replace("$family", modelType)
                .replace("$Family", className(""))
                .replace("$Task", task)
                .replace("$Model", model)
                .getBytes(StandardCharsets.UTF_8);
    }

    /** {@code Gpt2ForCausalLM}, {@code GptNeoxForCausalLM} */
    private String className(String ending) {
        return Arrays.stream(modelType.split("[-_]"))
                        .map(word -> word.substring(0, 1).toUpperCase() + word.substring(1))
                        .collect(Collectors.joining())
                + ending;
    }

    private static String resource() {
        try (InputStream in = ModelingFile.class.getResourceAsStream("/ffmerge/export/modeling.py")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // it is part of this library
        }
    }

    /** What is noted of the file, so that a reader can tell whether it was altered. */
    public ObjectNode note() {
        return new ObjectMapper().createObjectNode().put(FILE, name()).put(DIGEST, digest(content()));
    }

    /**
     * A family's config as the folder has it that this file belongs to: of a type that transformers doesn't know, so that
     * nothing opens the folder without the file.
     */
    public ObjectNode config(ObjectNode family, Ties ties) {
        ObjectNode config = family.deepCopy();
        ObjectNode own = config.withObjectProperty(FamilyConfig.OWN);
        own.put(FamilyConfig.TYPE, modelType);
        if (config.has(FamilyConfig.ARCHITECTURES)) {
            own.set(FamilyConfig.ARCHITECTURES, config.get(FamilyConfig.ARCHITECTURES));
        }
        own.set(FamilyConfig.MODELING, note());
        config.put(FamilyConfig.TYPE, FamilyConfig.OWN + "_" + modelType);
        config.putArray(FamilyConfig.ARCHITECTURES).add("Tied" + className(task.isEmpty() ? MODEL : task));
        ObjectNode classes = config.putObject(FamilyConfig.CLASSES);
        Map<String, String> endings = new TreeMap<>(Map.of("AutoConfig", "Config", "AutoModel", MODEL));
        endings.putIfAbsent("AutoModel" + task, task);
        endings.forEach((auto, ending) -> classes.put(auto, module() + ".Tied" + className(ending)));
        ObjectNode tied = config.putObject(FamilyConfig.TIES);
        ties.keptByAlias().forEach(tied::put);
        return config;
    }

    /**
     * What is wrong with the modeling file of a folder, in words; empty where it is as it was written, or there is none.
     *
     * @throws UserError if the folder's config or the file can't be read
     */
    public static Optional<String> alteration(Path folder) {
        Path config = folder.resolve(ModelFileNames.CONFIG);
        if (!Files.isRegularFile(config)) {
            return Optional.empty(); // whoever loads the folder says what it is
        }
        JsonNode noted = PythonJson.readObject(config).path(FamilyConfig.OWN).path(FamilyConfig.MODELING);
        String name = noted.path(FILE).asText();
        if (!ModelFileNames.isModeling(name) || !Files.isRegularFile(folder.resolve(name))) {
            return Optional.empty();
        }
        Path file = folder.resolve(name);
        try {
            return digest(Files.readAllBytes(file)).equals(noted.path(DIGEST).asText())
                    ? Optional.empty()
                    : Optional.of(
                            file + " was altered since the model was saved: its digest is another. Python would run it"
                                    + " as it is now; here it is not run, and save writes it anew");
        } catch (IOException e) {
            throw UserError.cannot("read " + file, e);
        }
    }

    private static String digest(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
