package ffmerge.data;

import ai.djl.sentencepiece.SpTokenizer;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import ffmerge.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tokenizer of a translation model: SentencePiece cuts a sentence into pieces, one model for each language, and
 * {@code vocab.json} numbers the pieces of both. As transformers' {@code MarianTokenizer}.
 */
public final class PairTokenizer implements AutoCloseable {
    private static final String UNKNOWN = "<unk>";
    private static final String WORD_START = "▁";
    private static final Pattern LANGUAGE = Pattern.compile("^>>.*?<<", Pattern.DOTALL);

    private final SpTokenizer source;
    private final SpTokenizer target;
    private final Map<String, Integer> ids;
    private final Map<Integer, String> pieces = new HashMap<>();
    private final String end;
    private final Set<String> special;
    private final Pattern specialPattern;
    private final String sourceLanguage;
    private final String targetLanguage;

    private PairTokenizer(SpTokenizer source, SpTokenizer target, Map<String, Integer> ids, JsonNode config) {
        this.source = source;
        this.target = target;
        this.ids = ids;
        ids.forEach((piece, id) -> pieces.put(id, piece));
        end = config.path("eos_token").asText("</s>");
        special = new HashSet<>(List.of(end, UNKNOWN, config.path("pad_token").asText("<pad>")));
        specialPattern = Pattern.compile(
                String.join("|", special.stream().map(Pattern::quote).toList()));
        sourceLanguage = config.path("source_lang").asText("");
        targetLanguage = config.path("target_lang").asText("");
    }

    /** @throws UserError if the folder lacks {@code source.spm}, {@code target.spm} or {@code vocab.json}, or one is damaged */
    public static PairTokenizer load(Path folder) {
        ObjectMapper json = new ObjectMapper();
        Path file = folder.resolve("vocab.json");
        try {
            Map<String, Integer> ids = json.readValue(required(file), new TypeReference<Map<String, Integer>>() {});
            file = folder.resolve("tokenizer_config.json");
            JsonNode config = Files.exists(file) ? json.readTree(Files.readAllBytes(file)) : json.createObjectNode();
            requireSupported(ids, config, folder);
            SpTokenizer source = model(folder.resolve("source.spm"));
            return new PairTokenizer(source, model(folder.resolve("target.spm")), ids, config);
        } catch (IOException e) {
            throw UserError.cannot("read " + file, e);
        }
    }

    private static SpTokenizer model(Path file) throws IOException {
        byte[] bytes = required(file);
        try {
            return new SpTokenizer(bytes);
        } catch (RuntimeException e) {
            throw new UserError(file + " is no SentencePiece model", e);
        }
    }

    private static byte[] required(Path file) throws IOException {
        if (!Files.exists(file)) {
            throw new UserError("there is no " + file
                    + ": a translation model's folder holds source.spm, target.spm and vocab.json");
        }
        return Files.readAllBytes(file);
    }

    private static void requireSupported(Map<String, Integer> ids, JsonNode config, Path folder) {
        if (config.path("separate_vocabs").asBoolean(false)) {
            throw new UserError(folder + ": separate vocabularies of the two languages are not supported");
        }
        for (String token : List.of(UNKNOWN, config.path("eos_token").asText("</s>"))) {
            if (!ids.containsKey(token)) {
                throw new UserError(folder.resolve("vocab.json") + " lacks the token " + token);
            }
        }
    }

    /** The language that is translated from, as the model's author calls it; empty where it isn't said. */
    public String sourceLanguage() {
        return sourceLanguage;
    }

    /** The language that is translated into, as the model's files call it: {@code eng}; "" if they don't say. */
    public String targetLanguage() {
        return targetLanguage;
    }

    /** The tokens of a sentence in the source language, the end token last. */
    public int[] source(String sentence) {
        return encode(sentence, source);
    }

    /** The tokens of a sentence in the target language, the end token last. */
    public int[] target(String sentence) {
        return encode(sentence, target);
    }

    private int[] encode(String sentence, SpTokenizer model) {
        List<Integer> encoded = new ArrayList<>();
        Matcher token = specialPattern.matcher(sentence);
        int start = 0;
        while (token.find()) { // a special token written out stands for itself
            addPieces(sentence.substring(start, token.start()), model, encoded);
            encoded.add(id(token.group()));
            start = token.end();
        }
        addPieces(sentence.substring(start), model, encoded);
        encoded.add(ids.get(end));
        return encoded.stream().mapToInt(Integer::intValue).toArray();
    }

    private void addPieces(String text, SpTokenizer model, List<Integer> encoded) {
        String rest = text;
        Matcher language = LANGUAGE.matcher(text);
        if (language.find()) { // which language to translate into, where a model knows several
            encoded.add(id(language.group()));
            rest = text.substring(language.end());
        }
        if (!rest.isEmpty()) {
            shorterFirst(model.tokenize(rest)).forEach(piece -> encoded.add(id(piece)));
        }
    }

    /**
     * Orders pieces that repeat one pattern, {@code 00} and {@code 0} of {@code 000}: either order is as likely, and which
     * one a release of SentencePiece takes hangs on rounding. The newer ones, which transformers uses, have the shorter first.
     */
    static List<String> shorterFirst(List<String> pieces) {
        List<String> ordered = new ArrayList<>(pieces);
        for (int i = 1; i < ordered.size(); i++) {
            for (int k = i;
                    k > 0 && ordered.get(k).length() < ordered.get(k - 1).length();
                    k--) {
                String before = ordered.get(k - 1);
                String piece = ordered.get(k);
                if (!(before + piece).equals(piece + before)) {
                    break;
                }
                ordered.set(k - 1, piece);
                ordered.set(k, before);
            }
        }
        return ordered;
    }

    private int id(String piece) {
        return ids.getOrDefault(piece, ids.get(UNKNOWN));
    }

    /** The sentence that tokens stand for, special ones left out. */
    public String decode(int... tokens) {
        StringBuilder text = new StringBuilder();
        Arrays.stream(tokens)
                .mapToObj(token -> pieces.getOrDefault(token, UNKNOWN))
                .filter(piece -> !special.contains(piece))
                .forEach(text::append);
        return text.toString().replace(WORD_START, " ").strip();
    }

    @Override
    public void close() {
        source.close();
        target.close();
    }
}
