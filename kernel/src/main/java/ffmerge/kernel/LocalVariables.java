package ffmerge.kernel;

import com.sun.source.tree.BindingPatternTree;
import com.sun.source.tree.BlockTree;
import com.sun.source.tree.CaseTree;
import com.sun.source.tree.CatchTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.EnhancedForLoopTree;
import com.sun.source.tree.ForLoopTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.IfTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.TryTree;
import com.sun.source.tree.UnaryTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** Which local variables the magics in a piece of Java see: found by the compiler's parser, before anything has a type. */
final class LocalVariables extends TreePathScanner<Void, Void> {
    private static final String MARK = "$magic";

    private final Map<Integer, Set<String>> seen = new TreeMap<>();

    private LocalVariables() {}

    /** The statement that stands in a magic's place in the Java that is looked at. */
    static String mark(int magic) {
        return MARK + magic + "();";
    }

    /**
     * @param snippet statements, or a method or class, with marks in it
     * @return the names that each mark sees, by its number
     */
    static Map<Integer, Set<String>> seenIn(String snippet) {
        Parsed statements = Parsed.of("class $ { void $() throws Throwable {\n" + snippet + "\n} }");
        Parsed members = Parsed.of("class $ {\n" + snippet + "\n}");
        LocalVariables variables = new LocalVariables();
        variables.scan((statements.errors() <= members.errors() ? statements : members).unit(), null);
        return variables.seen;
    }

    private record Parsed(CompilationUnitTree unit, long errors) {
        static Parsed of(String java) {
            DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
            JavaFileObject source =
                    new SimpleJavaFileObject(URI.create("string:///$.java"), JavaFileObject.Kind.SOURCE) {
                        @Override
                        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                            return java;
                        }
                    };
            JavacTask task = (JavacTask) ToolProvider.getSystemJavaCompiler()
                    .getTask(null, null, problems, List.of("-proc:none"), null, List.of(source));
            try {
                CompilationUnitTree unit = task.parse().iterator().next();
                long errors = problems.getDiagnostics().stream()
                        .filter(d -> d.getKind() == Diagnostic.Kind.ERROR)
                        .count();
                return new Parsed(unit, errors);
            } catch (IOException e) {
                throw new UncheckedIOException(e); // the source is in memory
            }
        }
    }

    @Override
    public Void visitIdentifier(IdentifierTree identifier, Void nothing) {
        String name = identifier.getName().toString();
        if (name.startsWith(MARK) && name.substring(MARK.length()).matches("\\d+")) {
            Set<String> names = new HashSet<>();
            for (TreePath path = getCurrentPath(); path.getParentPath() != null; path = path.getParentPath()) {
                add(path.getParentPath().getLeaf(), path.getLeaf(), names);
            }
            seen.put(Integer.valueOf(name.substring(MARK.length())), names);
        }
        return super.visitIdentifier(identifier, nothing);
    }

    /** Adds what a tree declares for one of its parts. */
    private static void add(Tree tree, Tree part, Set<String> names) {
        if (tree instanceof BlockTree block) {
            before(block.getStatements(), part, names);
        } else if (tree instanceof CaseTree branch && branch.getStatements() != null) {
            before(branch.getStatements(), part, names);
        } else if (tree instanceof ForLoopTree loop) {
            before(loop.getInitializer(), part, names);
        } else if (tree instanceof EnhancedForLoopTree loop) {
            names.add(loop.getVariable().getName().toString());
        } else if (tree instanceof LambdaExpressionTree lambda) {
            before(lambda.getParameters(), part, names);
        } else if (tree instanceof MethodTree method) {
            before(method.getParameters(), part, names);
        } else if (tree instanceof CatchTree handler) {
            names.add(handler.getParameter().getName().toString());
        } else if (tree instanceof TryTree attempt && part == attempt.getBlock()) {
            before(attempt.getResources(), part, names);
        } else if (tree instanceof IfTree choice && part == choice.getThenStatement()) {
            patterns(choice.getCondition(), names);
        } else if (tree instanceof ClassTree type) {
            before(type.getMembers(), null, names);
        }
    }

    /** The variables among these that are declared before a part; of a class all are. */
    private static void before(List<? extends Tree> trees, Tree part, Set<String> names) {
        for (Tree tree : trees) {
            if (tree == part) {
                return;
            }
            if (tree instanceof VariableTree variable) {
                names.add(variable.getName().toString());
            }
        }
    }

    private static void patterns(Tree condition, Set<String> names) {
        new TreeScanner<Void, Void>() {
            @Override
            public Void visitUnary(UnaryTree not, Void nothing) {
                return null; // what is denied is not bound
            }

            @Override
            public Void visitBindingPattern(BindingPatternTree pattern, Void nothing) {
                names.add(pattern.getVariable().getName().toString());
                return super.visitBindingPattern(pattern, nothing);
            }
        }.scan(condition, null);
    }
}
