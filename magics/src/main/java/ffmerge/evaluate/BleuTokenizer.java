package ffmerge.evaluate;

import ffmerge.data.PythonText;
import java.util.List;
import java.util.regex.Pattern;

/** How sacreBLEU cuts a sentence into words before it counts them. */
public enum BleuTokenizer {
    /** That of WMT's mteval-v13a, for languages with spaces between words. */
    V13A("13a"),
    /** Each Chinese character a word, the rest as 13a's second half. */
    ZH("zh");

    private static final Pattern PUNCTUATION = Pattern.compile("([{-~\\[-` -&(-+:-@/])");
    private static final Pattern MARK_AFTER_NO_DIGIT = Pattern.compile("([^0-9])([.,])");
    private static final Pattern MARK_BEFORE_NO_DIGIT = Pattern.compile("([.,])([^0-9])");
    private static final Pattern DASH_AFTER_DIGIT = Pattern.compile("([0-9])(-)");

    /**
     * First and last characters of the ranges that sacreBLEU counts as Chinese. The third and eighth are what Python makes
     * of the reference's five-digit escapes, which it reads as a character and a digit.
     */
    private static final int[][] CHINESE = {
        {0x3400, 0x4db5}, {0x4e00, 0x9fa5}, {0x2001, 0x2a6d}, {0x9fa6, 0x9fbb}, {0xf900, 0xfa2d}, {0xfa30, 0xfa6a},
        {0xfa70, 0xfad9}, {0x2f81, 0x2fa1}, {0xff00, 0xffef}, {0x2e80, 0x2eff}, {0x3000, 0x303f}, {0x31c0, 0x31ef},
        {0x2f00, 0x2fdf}, {0x2ff0, 0x2fff}, {0x3100, 0x312f}, {0x31a0, 0x31bf}, {0xfe10, 0xfe1f}, {0xfe30, 0xfe4f},
        {0x2600, 0x26ff}, {0x2700, 0x27bf}, {0x3200, 0x32ff}, {0x3300, 0x33ff}
    };

    private final String label;

    BleuTokenizer(String label) {
        this.label = label;
    }

    /** The name in sacreBLEU's signature. */
    public String label() {
        return label;
    }

    /**
     * The tokenizer that scores in a language are reported with.
     *
     * @param language as models call it: {@code eng}, {@code zh}, {@code cmn_Hans}
     */
    public static BleuTokenizer forLanguage(String language) {
        return language.matches("(zh|zho|chi|cmn|yue)([-_].*)?") ? ZH : V13A;
    }

    List<String> words(String sentence) {
        String line = PythonText.stripEnd(sentence);
        return PythonText.split(separateMarks(this == ZH ? separateChinese(line) : unescape(line)));
    }

    private static String unescape(String line) {
        String plain = line.replace("<skipped>", "").replace("-\n", "").replace("\n", " ");
        if (plain.contains("&")) {
            plain = plain.replace("&quot;", "\"")
                    .replace("&amp;", "&")
                    .replace("&lt;", "<")
                    .replace("&gt;", ">");
        }
        return " " + plain + " ";
    }

    private static String separateChinese(String line) {
        StringBuilder separated = new StringBuilder();
        PythonText.strip(line).codePoints().forEach(c -> {
            if (isChinese(c)) {
                separated.append(' ').appendCodePoint(c).append(' ');
            } else {
                separated.appendCodePoint(c);
            }
        });
        return separated.toString();
    }

    private static boolean isChinese(int c) {
        for (int[] range : CHINESE) {
            if (c >= range[0] && c <= range[1]) {
                return true;
            }
        }
        return false;
    }

    private static String separateMarks(String line) {
        String marked = PUNCTUATION.matcher(line).replaceAll(" $1 ");
        marked = MARK_AFTER_NO_DIGIT.matcher(marked).replaceAll("$1 $2 ");
        marked = MARK_BEFORE_NO_DIGIT.matcher(marked).replaceAll(" $1 $2");
        return DASH_AFTER_DIGIT.matcher(marked).replaceAll("$1 $2 ");
    }
}
