package ffmerge.magic.command;

import ffmerge.UserError;
import javax.lang.model.SourceVersion;

/** What a Java variable may be called. */
public final class JavaName {
    private JavaName() {}

    public static boolean isOne(String name) {
        return SourceVersion.isIdentifier(name) && !SourceVersion.isKeyword(name);
    }

    /** @throws UserError if this can't be a Java variable's name; it proposes one that can */
    public static void require(String name) {
        if (!isOne(name)) {
            String proposal = name.replaceAll("[^A-Za-z0-9_]", "_").replaceAll("^(\\d)", "_$1");
            throw new UserError("'" + name + "' cannot be a Java variable's name"
                    + (isOne(proposal) ? "; '" + proposal + "' can" : ""));
        }
    }
}
