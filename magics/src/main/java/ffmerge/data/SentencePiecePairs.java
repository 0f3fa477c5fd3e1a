package ffmerge.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import ffmerge.LfsPointer;
import ffmerge.UserError;
import ffmerge.json.PythonJson;
import ffmerge.tokenize.AddedToken;
import ffmerge.tokenize.SentencePieces;
import ffmerge.tokenize.TokensBeside;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The tokenizer of a translation model: SentencePiece cuts a sentence into pieces, one model for each language, and
 * {@code vocab.json} numbers the pieces of both. As transformers' {@code MarianTokenizer}.
 */
final class SentencePiecePairs implements PairTokenizer {
    private static final String UNKNOWN = "<unk>";
    private static final String END = "</s>";
    private static final String WORD_START = "▁";
    private static final Pattern LANGUAGE = Pattern.compile("^>>.*?<<", Pattern.DOTALL);

    private static final int SOURCE = 0;
    private static final int TARGET = 1;
    private static final int LARGEST_VOCABULARY = 1 << 24;

    private final SentencePieces models;
    private final Map<String, Integer> ids;
    private final Map<Integer, String> pieces = new HashMap<>();
    private final String end;
    /** Those that have a name; as in Python's tokenizers, no others are left out of a text. */
    private final Set<String> special = new HashSet<>();
    /** Tokens that are found in a text before it is cut into pieces, by what they look like. */
    private final Map<String, AddedToken> added = new HashMap<>();

    private final Pattern addedPattern;
    private final String sourceLanguage;
    private final String targetLanguage;

    private SentencePiecePairs(SentencePieces models, Map<String, Integer> ids, TokensBeside beside, JsonNode config) {
        this.models = models;
        this.ids = ids;
        ids.forEach((piece, id) -> pieces.put(id, piece));
        end = beside.named("eos_token", END);
        for (String token : List.of(end, beside.named("unk_token", UNKNOWN), beside.named("pad_token", "<pad>"))) {
            added.put(token, AddedToken.special(token));
            special.add(token);
        }
        beside.special().forEach(token -> {
            added.put(token.content(), token);
            special.add(token.content());
        });
        beside.byId().forEach((id, token) -> {
            added.put(token.content(), token);
            ids.put(token.content(), id);
            pieces.put(id, token.content());
        });
        added.remove("");
        addedPattern = Pattern.compile(added.keySet().stream()
                .sorted(Comparator.comparingInt(String::length).reversed()) // the longest that fits
                .map(Pattern::quote)
                .collect(Collectors.joining("|")));
        sourceLanguage = config.path("source_lang").asText("");
        targetLanguage = config.path("target_lang").asText("");
    }

    /** @throws UserError if the folder lacks {@code source.spm}, {@code target.spm} or {@code vocab.json}, or one is damaged */
    static SentencePiecePairs load(Path folder) {
        Map<String, Integer> ids = vocabulary(folder.resolve("vocab.json"));
        Path file = folder.resolve("tokenizer_config.json");
        JsonNode config = Files.exists(file) ? PythonJson.readObject(file) : MissingNode.getInstance();
        TokensBeside beside = TokensBeside.of(folder);
        requireSupported(ids, beside, config, folder);
        SentencePieces models = new SentencePieces(List.of(model(folder, "source.spm"), model(folder, "target.spm")));
        return new SentencePiecePairs(models, ids, beside, config);
    }

    private static Map<String, Integer> vocabulary(Path file) {
        requireThere(file);
        Map<String, Integer> ids = new HashMap<>();
        PythonJson.readObject(file).properties().forEach(entry -> {
            JsonNode id = entry.getValue();
            if (!id.isInt() || id.asInt() < 0 || id.asInt() >= LARGEST_VOCABULARY) {
                throw new UserError(file + ": '" + entry.getKey() + "' should have a token id, has " + id);
            }
            ids.put(entry.getKey(), id.asInt());
        });
        return ids;
    }

    private static SentencePieces.Model model(Path folder, String name) {
        Path file = folder.resolve(name);
        requireThere(file);
        LfsPointer.refuse(file);
        try {
            return new SentencePieces.Model(file, Files.readAllBytes(file));
        } catch (IOException e) {
            throw UserError.cannot("read " + file, e);
        }
    }

    private static void requireThere(Path file) {
        if (!Files.exists(file)) {
            throw new UserError("there is no " + file
                    + ": a translation model's folder holds tokenizer.json, or source.spm, target.spm and vocab.json");
        }
    }

    private static void requireSupported(Map<String, Integer> ids, TokensBeside beside, JsonNode config, Path folder) {
        if (config.path("separate_vocabs").asBoolean(false)) {
            throw new UserError(folder + ": separate vocabularies of the two languages are not supported");
        }
        for (String token : List.of(UNKNOWN, beside.named("eos_token", END))) {
            if (!ids.containsKey(token)) {
                throw new UserError(folder.resolve("vocab.json") + " lacks the token " + token);
            }
        }
    }

    @Override
    public String sourceLanguage() {
        return sourceLanguage;
    }

    @Override
    public String targetLanguage() {
        return targetLanguage;
    }

    @Override
    public int[] source(String sentence) {
        return encode(sentence, SOURCE);
    }

    @Override
    public int[] target(String sentence) {
        return encode(sentence, TARGET);
    }

    private int[] encode(String sentence, int model) {
        List<Integer> encoded = new ArrayList<>();
        Matcher token = addedPattern.matcher(sentence);
        int start = 0;
        while (token.find(start)) { // a token written out stands for itself
            AddedToken found = added.get(token.group());
            String before = sentence.substring(start, token.start());
            addPieces(found.lstrip() ? before.stripTrailing() : before, model, encoded);
            encoded.add(id(token.group()));
            start = token.end();
            while (found.rstrip() && start < sentence.length() && Character.isWhitespace(sentence.charAt(start))) {
                start++;
            }
        }
        addPieces(sentence.substring(start), model, encoded);
        encoded.add(ids.get(end));
        return encoded.stream().mapToInt(Integer::intValue).toArray();
    }

    private void addPieces(String text, int model, List<Integer> encoded) {
        String rest = text;
        Matcher language = LANGUAGE.matcher(text);
        if (language.find()) { // which language to translate into, where a model knows several
            encoded.add(id(language.group()));
            rest = text.substring(language.end());
        }
        if (!rest.isEmpty()) {
            shorterFirst(models.pieces(model, rest)).forEach(piece -> encoded.add(id(piece)));
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

    @Override
    public int ending() {
        return 1;
    }

    @Override
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
        models.close();
    }
}
