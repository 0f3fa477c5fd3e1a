package ffmerge.hub;

import ffmerge.UserError;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A model or data set of the hub.
 *
 * @param id {@code ORG/NAME}, or {@code NAME} for the oldest
 */
record RepoId(Kind kind, String id) {
    enum Kind {
        MODEL,
        DATASET;

        /** {@code models}: in addresses of the interface, and in the cache. */
        String plural() {
            return name().toLowerCase(Locale.ROOT) + "s";
        }
    }

    /** A name that is one folder's on every system. */
    private static final String WORD = "[A-Za-z0-9_](?:[\\w.-]{0,94}[\\w-])?";

    private static final Pattern ID = Pattern.compile("(?:" + WORD + "/)?" + WORD);

    private static final int LONGEST_NAME = 255;

    /** What Windows takes for a device, whatever folder it is in and however it ends. */
    private static final Pattern DEVICE =
            Pattern.compile("(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\\$|conout\\$)(\\..*)?");

    /** @throws UserError if the id can be nobody's */
    RepoId {
        if (!isId(id)) {
            throw new UserError("'" + id + "' is no hub id; one looks like openai-community/gpt2");
        }
    }

    static boolean isId(String text) {
        // two hyphens stand for the slash in the cache, and a repository's address may end in .git
        return ID.matcher(text).matches() && !text.contains("--") && !text.contains("..") && !text.endsWith(".git");
    }

    /** {@code model}, {@code data set}. */
    String noun() {
        return kind == Kind.MODEL ? "model" : "data set";
    }

    /** The name of its folder in the cache: {@code models--openai-community--gpt2}. */
    String folder() {
        return kind.plural() + "--" + id.replace("/", "--");
    }

    /** The path of a person's page about it. */
    String page() {
        return kind == Kind.MODEL ? id : kind.plural() + "/" + id;
    }

    String resolve(String revision, String file) {
        String encoded = Arrays.stream(file.split("/")).map(RepoId::encode).collect(Collectors.joining("/"));
        return "/" + page() + "/resolve/" + encode(revision) + "/" + encoded;
    }

    String api(String what, String revision) {
        return "/api/" + kind.plural() + "/" + id + "/" + what + "/" + encode(revision);
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /**
     * A file's or revision's name, once it is sure that it stays within the folder it is resolved in, on every system.
     *
     * @throws UserError if it would not
     */
    String within(String name) {
        for (String part : name.split("/", -1)) {
            boolean plain = !part.isEmpty()
                    && !part.equals(".")
                    && !part.equals("..")
                    && part.length() <= LONGEST_NAME
                    && part.chars().allMatch(c -> c >= ' ' && c != 0x7f && "\\:*?\"<>|".indexOf(c) < 0)
                    && !DEVICE.matcher(part).matches()
                    && !part.endsWith(" ")
                    && !part.endsWith(".");
            if (!plain) {
                throw new UserError("the " + noun() + " " + id + " names '" + name
                        + "', which could lead out of the cache; it is not fetched");
            }
        }
        return name;
    }

    @Override
    public String toString() {
        return noun() + " " + id;
    }
}
