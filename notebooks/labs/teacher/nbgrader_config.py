"""nbgrader's settings: this folder is the course, each lab an assignment."""

c = get_config()  # noqa: F821, nbgrader defines it

c.CourseDirectory.course_id = "ffmerge"
c.ClearSolutions.code_stub = {"java": "// YOUR CODE HERE"}
c.ExecutePreprocessor.timeout = 600  # seconds a cell; a lab takes less than one minute
